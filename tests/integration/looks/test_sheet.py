"""The hand-off sheet, looked at: the example's, with everything that a sheet can have."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make

from .looking import look_at_html

CASE = Path(__file__).parents[2] / "unit/golden/forwarding/handed_over/intent.yml"


def test_the_hand_off_sheet(viewer):
    raw = yaml.safe_load(CASE.read_text(encoding="utf-8"))
    rendered = make(raw, ["sheet", "sheet_html"])["rendered"]
    assert look_at_html(viewer, "sheet", rendered["sheet_html"]) == []
    assert "$" not in viewer.text().replace("$port", ""), "a command is copied as it is"
