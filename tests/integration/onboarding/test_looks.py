"""The start page looked at: desk and phone, light and dark, on paper; with axe, and by the Tab key alone."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.looks.looking import look_at

from .conftest import NAME


@pytest.mark.parametrize("page", ["en/windows", "de/ios", "en/linux", "en/print"])
def test_it_can_be_read_and_used(viewer, page):
    assert look_at(viewer, f"start-{page.replace('/', '-')}", f"http://{NAME}/start/{page}") == []


def test_by_the_keyboard(viewer):
    viewer.sit(1280, 900, False, "light", "screen")
    viewer.go(f"http://{NAME}/start/en/windows")
    tabs = viewer.tabs()
    assert tabs[0] == "a Skip to the steps"
    order = [
        "a Windows",
        "a Download the certificate",
        "summary One line for PowerShell",
        "button Look again",
        "a Sheet for the wall",
    ]
    assert [one for one in tabs if one in order] == order
    assert [one for one in tabs if one == "a Open the chat"]
