# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The serial of a DNS zone file: it rises when the zone's data changed, and only then."""

from __future__ import annotations

import re

TOKEN = b"@SERIAL@"
_MODULUS = 1 << 32
_HALF = 1 << 31
_COMMENT = re.compile(rb";[^\n]*")
_SOA = re.compile(rb"\bSOA\s+\S+\s+\S+\s+\(?\s*(\d{1,10})\b", re.IGNORECASE)


def is_newer(left: int, right: int) -> bool:
    """Whether serial I(left) comes after I(right) in sequence space arithmetic (RFC 1982 section 3.2)."""
    return 0 < (left - right) % _MODULUS < _HALF


def next_serial(live: int | None, now: int, data_changed: bool) -> int:
    """The serial to publish: the live one for unchanged data, else the later of live + 1 and now (Unix seconds).

    A secondary transfers a zone only when its serial rose (RFC 1982), so a live serial ahead of the clock (for instance of
    the form YYYYMMDDnn) is counted up rather than replaced. Zero is skipped: some servers treat it as "no serial".
    """
    now %= _MODULUS
    if live is None:
        return now or 1
    if not data_changed:
        return live
    if is_newer(now, live):
        return now or 1
    return (live + 1) % _MODULUS or 1


def same_data(template: bytes, live: bytes) -> int | None:
    """The serial in I(live) if it is I(template) with one number in every place of the token, else None."""
    pattern = rb"(\d{1,10})".join(re.escape(part) for part in template.split(TOKEN))
    match = re.fullmatch(pattern, live)
    if match is None or not match.groups() or len(set(match.groups())) != 1:
        return None
    return int(match.group(1))


def soa_serial(zone: bytes) -> int | None:
    """The serial of the first SOA record of a zone file (RFC 1035 section 5), or None."""
    match = _SOA.search(_COMMENT.sub(b"", zone))
    if match is None:
        return None
    serial = int(match.group(1))
    return serial if serial < _MODULUS else None


def fill(template: bytes, live: bytes | None, now: int) -> bytes:
    """I(template) with the token replaced by the serial that follows from the live zone file."""
    if live is None:
        return template.replace(TOKEN, b"%d" % next_serial(None, now, True))
    kept = same_data(template, live)
    serial = kept if kept is not None else next_serial(soa_serial(live), now, True)
    return template.replace(TOKEN, b"%d" % serial)
