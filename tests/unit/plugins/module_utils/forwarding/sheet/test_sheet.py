# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hand-off sheet: whole, the same in both writings, and safe to paste. Its words are held by the golden cases."""

from __future__ import annotations

import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.sheet.text import WIDTH
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.sheet.ways import span

GOLDEN = Path(__file__).parents[4] / "golden" / "forwarding"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/sheet.txt"))


def raw(case: str) -> dict:
    intent = yaml.safe_load((GOLDEN / case / "intent.yml").read_text(encoding="utf-8"))
    intent.pop("targets", None)
    return intent


def answer(intent: dict) -> dict:
    return make(intent, ["sheet", "sheet_html"], resolve=lambda name: ["198.51.100.77"])


class Page(HTMLParser):
    """What a browser would show and do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.shown: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.update(name for name, _value in attrs)

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.shown.append(data)


@pytest.mark.parametrize("case", CASES)
def test_nothing_of_the_plan_is_left_out(case):
    found = answer(raw(case))
    plan, text = found["plan"], found["rendered"]["sheet"]
    words = text.split()
    for number, row in enumerate(plan["forwards"], 1):
        line = words[words.index(f"F{number}") :]
        place = row["public"] if row["public_ports"] is None else f"{row['public']}:{row['public_ports']}"
        goes = row["host"] if row["private_ports"] is None else f"{row['host']}:{row['private_ports']}"
        assert line[1:5] == [row["protocol"], place, goes, row["service"]]
    for number, _row in enumerate(plan["pinholes"], 1):
        assert f"P{number}" in words
    assert all(row["public"] in words and row["host"] in words for row in plan["one_to_one"])


@pytest.mark.parametrize("case", CASES)
def test_both_writings_say_the_same(case):
    rendered = answer(raw(case))["rendered"]
    page = Page(rendered["sheet_html"])
    shown = "".join(" ".join(page.shown).split())
    for line in rendered["sheet"].splitlines():
        for part in line.removeprefix("[ ]").removeprefix("- ").strip().strip("-= ").removeprefix("$ ").split("  "):
            assert "".join(part.split()) in shown, part


def test_the_page_asks_nobody_for_anything():
    intent = raw("handed_over")
    intent["sheet"]["title"] = "<script>alert(1)</script> & co"
    text = answer(intent)["rendered"]["sheet_html"]
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "a"} & set(page.tags)
    assert not {"src", "href", "onclick"} & page.attributes
    assert "default-src 'none'" in text
    assert "<script>alert(1)</script> & co" in " ".join(page.shown)


@pytest.mark.parametrize("case", CASES)
def test_every_command_is_one_that_a_shell_reads(case):
    text = answer(raw(case))["rendered"]["sheet"]
    commands = [line.split("$ ", 1)[1] for line in text.splitlines() if line.startswith("    $ ")]
    assert subprocess.run(["sh", "-n"], input="\n".join(commands), text=True, check=False, capture_output=True).stderr == ""


@pytest.mark.parametrize("case", CASES)
def test_lines_fit_into_a_ticket(case):
    lines = answer(raw(case))["rendered"]["sheet"].splitlines()
    assert [line for line in lines if len(line) > WIDTH and not line.startswith("    ") and line[:1] not in "EF"] == []


def test_another_sheet_has_another_number():
    numbers = {}
    for change in ({}, {"name": "talk.example.com"}, {"published": True}, {"renews_by_http": False}, {"dns": []}):
        intent = raw("handed_over")
        intent["sheet"].update(change)
        numbers[answer(intent)["rendered"]["sheet"].split("Sheet ")[1][:8]] = change
    assert len(numbers) == 5


def test_what_the_site_publishes_itself_is_not_to_be_entered():
    intent = raw("handed_over")
    intent["sheet"]["published"] = True
    text = answer(intent)["rendered"]["sheet"]
    assert "the site keeps these in example.com itself" in text
    assert "DNS record" not in text.split("1. Addresses")[0]


def test_span():
    assert span(["F1", "F2", "F3", "F5", "F6", "P7", "P8", "P9"]) == "F1 to F3, F5, F6, P7 to P9"
