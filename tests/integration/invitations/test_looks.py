"""What people see: the page in each state, and the sheet. Pictures are in .cache/looks."""

from __future__ import annotations

import time

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor
from ansible_collections.onprem.chat.tests.integration.looks.looking import look, look_at_html

from .conftest import NAME

LINK = f"https://{NAME}/invite/#"


@pytest.fixture(scope="module")
def viewer():
    make_visitor("desk1")
    desk = Desk("desk1", "viewer.py")
    yield desk
    desk.close()


def opened(link: str):
    def go(viewer: Desk) -> None:
        viewer.go("about:blank")
        viewer.go(link)
        time.sleep(1)  # until the service has answered

    return go


def test_the_page_that_asks_for_a_password(operator, viewer):
    assert look(viewer, "invitation", opened(LINK + operator.token("gwen"))) == []
    assert viewer.tabs() == ["input ", "input on", "button Open the chat"], "it begins in the first field; on by keyboard alone"


def test_the_page_that_has_no_good_news(operator, viewer):
    assert look(viewer, "invitation-unknown", opened(LINK + "A" * 43)) == []


def test_the_sheet(operator, viewer):
    sheet = (operator.sheets / "gwen.html").read_text(encoding="utf-8")
    assert look_at_html(viewer, "invitation-sheet", sheet) == []


def test_the_sheet_in_another_language(operator, viewer):
    """A new sheet; the link on the old one is worth nothing."""
    old = operator.token("gwen")
    operator.invite("-e", "onprem_invite=gwen", "-e", "onprem_invite_language=de")
    assert operator.token("gwen") != old
    sheet = (operator.sheets / "gwen.html").read_text(encoding="utf-8")
    assert "Sie sind eingeladen" in sheet
    assert look_at_html(viewer, "invitation-sheet-de", sheet) == []
