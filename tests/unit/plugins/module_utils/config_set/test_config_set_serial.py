# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The serial rises when data changed and never otherwise, whatever it was."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.config_set.serial import fill, is_newer, next_serial, soa_serial

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

NOW = 1_795_000_000
ZONE = b"$TTL 1h\n@ IN SOA ns1 admin (\n  @SERIAL@ ; serial\n  1h 15m 30d 5m )\n@ NS ns1\nns1 A 192.168.1.53\n"
SERIALS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("live", "changed", "expected"),
    [
        (None, True, NOW),
        (None, False, NOW),
        (5, False, 5),
        (5, True, NOW),
        (NOW - 1, True, NOW),
        (NOW, True, NOW + 1),
        (NOW + 7, True, NOW + 8),
        (2026112103, True, 2026112104),  # a date serial is ahead of the clock: count on
        (2**32 - 1, True, NOW),  # wrapped: the clock is ahead in sequence space
        (NOW + 2**31, True, NOW + 2**31 + 1),  # incomparable: count on
    ],
)
def test_next_serial(live, changed, expected):
    assert next_serial(live, NOW, changed) == expected


@hypothesis.given(SERIALS, SERIALS)
def test_changed_data_always_gets_a_newer_serial(live, now):
    found = next_serial(live, now, True)
    assert 0 < found < 2**32
    assert is_newer(found, live)


def test_zero_is_skipped_and_still_newer():
    assert next_serial(2**32 - 1, 2**31 + 5, True) == 1


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (b"@ SOA ns admin 12 1 1 1 1", 12),
        (b"@ 3600 IN soa ns. admin. ( ; 99\n 13 ; serial\n 1 1 1 1)", 13),
        (b"; SOA ns admin 7\n@ IN A 192.168.1.1", None),
        (b"@ SOA ns admin 4294967296 1 1 1 1", None),
        (b"", None),
    ],
)
def test_soa_serial(zone, expected):
    assert soa_serial(zone) == expected


def test_unchanged_data_keeps_the_live_serial():
    live = ZONE.replace(b"@SERIAL@", b"77")
    assert fill(ZONE, live, NOW) == live


def test_changed_data_counts_on_from_the_live_serial():
    live = ZONE.replace(b"@SERIAL@", b"%d" % (NOW + 9)) + b"old A 192.168.1.9\n"
    assert soa_serial(fill(ZONE, live, NOW)) == NOW + 10


def test_a_live_file_that_is_no_zone_does_not_matter():
    assert soa_serial(fill(ZONE, b"\xff\x00 nonsense", NOW)) == NOW


@hypothesis.given(SERIALS, st.binary(max_size=40), st.integers(1, 2**32 - 1))
def test_filling_again_changes_nothing(live, extra, now):
    template = ZONE + extra.replace(b"@", b"")
    once = fill(template, ZONE.replace(b"@SERIAL@", b"%d" % live) + b"x", now)
    assert fill(template, once, now + 1000) == once
