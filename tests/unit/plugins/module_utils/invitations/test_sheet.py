# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet: whole in itself, and nothing that a name holds is more than text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.invitations.sheet import Sheet, render

WORDS = Path(__file__).parents[5] / "roles/invitations/files/words"
LINK = "https://chat.example.lan/invite/#" + "A" * 43


def sheet(**other):
    given = {"display_name": "Carol Carter", "title": "Example Office", "start_url": "http://chat.example.lan/start"}
    return Sheet(
        name="carol", chat_name="chat.example.lan", link=LINK, code="<svg></svg>", expires=1_800_000_000, **{**given, **other}
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_of_it_stands_there(language):
    words = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    page = render(sheet(), language, words)
    for text in (
        LINK,
        "<svg></svg>",
        "2027-01-15 08:00 UTC",
        "carol@chat.example.lan",
        "http://chat.example.lan/start",
        "Carol Carter",
    ):
        assert text in page
    assert f'<html lang="{language}">' in page
    assert "{" not in page.partition("</style>")[2], "every gap is filled"
    assert "/start" not in render(sheet(start_url=""), language, words)


def test_names_are_text():
    words = json.loads((WORDS / "en.json").read_text(encoding="utf-8"))
    page = render(sheet(display_name="<b>&\"'{link}", title="</title><script>"), "en", words)
    assert "<b>" not in page and "<script>" not in page and "{link}" in page


def test_no_link_in_a_representation():
    assert "AAAA" not in repr(sheet())
