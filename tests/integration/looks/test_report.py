"""The report, of a site that works and of one that does not: no fault that axe knows, nothing asked for, nothing too wide."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT

from .looking import look_at_html

GOLDEN = CHECKOUT / "tests/unit/golden/report"


@pytest.mark.parametrize("case", sorted(path.name for path in GOLDEN.iterdir()))
def test_the_report(viewer, case):
    page = (GOLDEN / case / "report.html").read_text(encoding="utf-8")
    assert look_at_html(viewer, f"report-{case}", page, unfold=True) == []


def test_the_ladders_are_opened_by_keyboard(viewer):
    viewer.read((GOLDEN / "air_gap_works" / "report.html").read_text(encoding="utf-8"))
    assert [one.split()[:2] for one in viewer.tabs()][:2] == [["summary", "desk1"], ["summary", "desk2"]]
