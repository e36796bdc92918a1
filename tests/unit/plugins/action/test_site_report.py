# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report against its golden cases, and what must hold for the page of any site.

``GOLDEN=write pytest tests/unit/plugins/action/test_site_report.py`` writes the files anew; look at the page then.
"""

from __future__ import annotations

import copy
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.onprem.chat.plugins.action import site_report
from ansible_collections.onprem.chat.plugins.module_utils.report import make, terse

pytest.importorskip("cryptography")

GOLDEN = Path(__file__).parents[2] / "golden" / "report"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
VOID = {"meta", "use", "rect", "circle", "path", "br"}


def load(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def report(case, change=lambda given: given):
    given = change(load(case / "input.json"))
    rest = (given["verdict"], given["infos"], given["forwarding"], load(case / "before.json"), given["now"])
    return make.report(given["site"], given["situation"], *rest)


def files(made):
    return {
        "report.json": json.dumps(made, indent=1, ensure_ascii=False) + "\n",
        "report.html": site_report.html(made) + "\n",
        "terse.txt": terse.text(made, "reports/example.lan/report.html") + "\n",
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    found = files(report(case))
    if os.environ.get("GOLDEN") == "write":
        for name, text in found.items():
            (case / name).write_text(text, encoding="utf-8")
        return
    assert found == {name: (case / name).read_text(encoding="utf-8") for name in found}


class Page(HTMLParser):
    """Holds every tag, and fails where they do not close as they opened."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def judge(text):
    """What must hold for every page: nothing is asked for, nothing runs, what refers to a part of the page finds it."""
    page = Page(text)
    named = [attributes["id"] for _tag, attributes in page.tags if "id" in attributes]
    assert len(named) == len(set(named))
    for tag, attributes in page.tags:
        assert tag not in ("script", "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video")
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "style", "action")]
        for name in ("href", "xlink:href"):
            if attributes.get(name):
                assert attributes[name].startswith("#") and attributes[name][1:] in named
        for one in attributes.get("aria-labelledby", "").split():
            assert one in named
    styles = text.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"@import|url\(|</", styles)
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    for picture in re.findall(r'<svg class="picture".*?</svg>', text, re.DOTALL):
        ElementTree.fromstring(picture)
    return page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_page_asks_for_nothing(case):
    judge((case / "report.html").read_text(encoding="utf-8"))


def hostile(value):
    """Everything that a host or a probe says could be this."""
    if isinstance(value, dict):
        return {
            key: word if key in ("state", "seat", "pem", "protocol", "address", "when") else hostile(word)
            for key, word in value.items()
        }
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return f"{value}<script src='//x'>\"&</style></svg>{{{{ 7*7 }}}}" if isinstance(value, str) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_hosts_say_is_text(case):
    def change(given):
        given["verdict"] = {**hostile(given["verdict"]), "silent": ["<script>alert(1)</script>"]}
        given["infos"] = hostile(given["infos"])
        given["site"]["title"] = hostile("Works")
        return given

    text = site_report.html(report(case, change))
    page = judge(text)
    assert "{{ 7*7 }}" in text
    assert any("<script src=" in words for words in page.words)


def test_a_site_of_which_nothing_is_known_has_a_page():
    """Every host is down: the report says so, and it is one."""

    def change(given):
        given["verdict"] = {"ok": False, "silent": ["desk1"], "findings": [], "problems": [], "vantages": {}}
        given["infos"] = {host: {"unreachable": True, "msg": "No route to host"} for host in given["infos"]}
        return given

    made = report(CASES[0], change)
    page = judge(site_report.html(made))
    assert "1 thing does not work" in page.words
    assert made["notices"][0] == "chat: did not describe itself: No route to host" or "No route to host" in made["notices"][0]
    assert "desk1" in terse.text(made, "x")


class Shown:
    """Stands in for Ansible's display."""

    def __init__(self):
        self.lines = []

    def display(self, text, **_more):
        self.lines.append(text)


def act(folder, case, monkeypatch, check=False, **more):
    given = load(case / "input.json")
    now = iter([given["now"]])
    monkeypatch.setattr(site_report.time, "time", lambda: next(now))
    arguments = {key: copy.deepcopy(given[key]) for key in ("site", "situation", "verdict", "forwarding")}
    task = SimpleNamespace(
        args={**arguments, "directory": str(folder), **more}, async_val=0, check_mode=check, action="site_report"
    )
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="none"))
    plugin = site_report.ActionModule(task, connection, None, None, None, None)
    plugin._display = Shown()
    hostvars = {host: {"onprem_host_info": info} for host, info in given["infos"].items()}
    return plugin.run(task_vars={"hostvars": hostvars}), plugin._display.lines


def test_both_files_are_written_and_the_one_before_is_kept(tmp_path, monkeypatch):
    folder = tmp_path / "reports" / "example.lan"
    first, shown = act(folder, CASES[0], monkeypatch)
    assert first["ok"] and first["changes"] == [] and not first["changed"]
    assert shown[0].splitlines()[0] == "Example Works: chat.example.lan works"
    assert load(Path(first["json"]))["format"] == make.FORMAT
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {"report.html": 0o600, "report.json": 0o600}
    kept = Path(first["json"]).read_text(encoding="utf-8")
    assert act(folder, CASES[0], monkeypatch)[0]["changes"] == []
    assert (folder / "report.previous.json").read_text(encoding="utf-8") == kept
    assert load(folder / "report.json")["changes"]["since"] == load(folder / "report.previous.json")["when"]


def test_a_report_before_that_cannot_be_read_is_none(tmp_path, monkeypatch):
    for text in ("", "[]", "{", '{"format": 1, "domain": "example.lan"}', '{"format": 1, "domain": "example.lan", "hosts": []}'):
        (tmp_path / "report.json").write_text(text, encoding="utf-8")
        assert act(tmp_path, CASES[0], monkeypatch)[0]["changes"] == []


def test_nothing_is_written_in_check_mode(tmp_path, monkeypatch):
    act(tmp_path / "new", CASES[0], monkeypatch, check=True)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(AnsibleActionFail, match="cannot be written"):
        act(tmp_path / "file" / "below", CASES[0], monkeypatch)
