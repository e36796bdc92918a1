# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control node's side: no token leaves the sheets, and the server gets digests alone."""

from __future__ import annotations

import hashlib
import json
import re
from types import SimpleNamespace

import pytest

pytest.importorskip("segno")

from ansible_collections.onprem.chat.plugins.action import chat_invitations as shell

LINK = re.compile(r"https://chat\.example\.lan/invite/#([A-Za-z0-9_-]{43})")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the action against a server that knows nobody; gives its result and what the module was sent."""

    def go(fails=False, check=False, **given):
        sent = []

        def module(self, module_name, module_args, task_vars):
            sent.append(module_args)
            added = {row["name"] for row in module_args["add"]}
            if fails and added:
                return {"failed": True, "msg": "the server is gone"}
            rows = [
                {"name": row["name"], "state": "open" if row["name"] in added else "none", "account": False, "expires": 0}
                for row in module_args["people"]
            ]
            changes = [f"{name}: invited" for name in sorted(added)]
            return {"changed": bool(added), "changes": changes, "invitations": rows, "now": 1_800_000_000}

        arguments = {
            "state": "invited",
            "people": [{"name": "carol", "display_name": "Carol"}, {"name": "dave"}],
            "chat_name": "chat.example.lan",
            "sheets": str(tmp_path / "sheets"),
            **given,
        }
        monkeypatch.setattr(shell.ActionBase, "run", lambda self, tmp, task_vars: {})
        monkeypatch.setattr(shell.ActionModule, "_execute_module", module)
        plugin = shell.ActionModule.__new__(shell.ActionModule)
        plugin._task = SimpleNamespace(args=arguments, check_mode=check)
        return plugin.run(task_vars={}), sent

    return go


def test_links(run, tmp_path):
    result, sent = run()
    folder = tmp_path / "sheets"
    assert result["changed"] and result["sheets"] == [str(folder / "carol.html"), str(folder / "dave.html")]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    tokens = {name: set(LINK.findall((folder / f"{name}.html").read_text())) for name in ("carol", "dave")}
    digests = {row["name"]: row["digest"] for row in sent[1]["add"]}
    for name, (token,) in tokens.items():
        assert digests[name] == hashlib.sha256(token.encode()).hexdigest()
        assert token not in json.dumps([result, sent])
    assert not set(digests.values()) & set(re.findall("[0-9a-f]{64}", json.dumps(result)))


def test_check_mode_writes_nothing(run, tmp_path):
    result, sent = run(check=True)
    assert result["changes"] == ["carol: invited", "dave: invited"]
    assert len(sent) == 1 and not (tmp_path / "sheets").exists()


def test_a_server_that_fails_leaves_no_sheet(run, tmp_path):
    result, _sent = run(fails=True)
    assert result["failed"]
    assert list((tmp_path / "sheets").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "words"), [({"invite": ["mallory"]}, "mallory: is not among those"), ({"language": "../en"}, "is none of de, en")]
)
def test_what_is_refused(run, given, words):
    result, sent = run(**given)
    assert result["failed"] and words in result["msg"]
    assert len(sent) == 1


def test_only_what_is_of_use_stays_in_the_folder(run, tmp_path):
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name in (".sheet-killed.html", "notes.txt", "carol.html"):
        (folder / name).write_text("old")
    run(invite=["dave"])
    assert sorted(path.name for path in folder.iterdir()) == ["dave.html", "notes.txt"]
