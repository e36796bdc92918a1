# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.progress.part import duration, head, spoken, tail


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s")],
)
def test_duration(seconds, said):
    assert duration(seconds) == said


def test_times_stand_below_each_other():
    assert len(head("Names")) == len(head("Look at the router, plan what it lets in, and prove"))
    assert head("x" * 80) == "x" * 80 + " .... "
    assert head("two\n  lines").startswith("two lines ...")


@pytest.mark.parametrize(
    ("changes", "failed", "check", "said"),
    [
        ({}, [], False, "12 s"),
        ({"dns": 0, "chat": 2, "app": 1}, [], False, "12 s; changed: app (1), chat (2)"),
        ({"chat": 2}, [], True, "12 s; would change: chat (2)"),
        ({"chat": 2}, ["dns", "chat"], False, "12 s; changed: chat (2); failed: chat, dns"),
        ({f"desk{number}": 1 for number in range(7)}, [], False, "12 s; changed: 7 hosts"),
    ],
)
def test_tail(changes, failed, check, said):
    assert tail(12, changes, failed, check) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, []),
        ({"a": ["one", "two"]}, ["one\ntwo"]),
        ({"a": ["same"], "b": ["same"]}, ["same"]),
        ({"b": ["same"], "a": ["same"], "c": ["other", "lines"]}, ["a, b: same", "c:\nother\nlines"]),
    ],
)
def test_spoken(words, said):
    assert spoken(words) == said
