"""Runs last: whatever the tests before did, no packet tried to leave the LAN."""

from __future__ import annotations

import pytest


def test_nothing_tried_to_leave(leaks):
    assert leaks["code"] == 0, leaks["seen"]


@pytest.mark.parametrize("host", ["desk1", "desk2"])
def test_there_is_no_way_out(on, host):
    assert on(host, "ip", "route", "show", "default") == ""
