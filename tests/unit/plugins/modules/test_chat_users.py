# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell: what goes to erl_call, and what comes out."""

from __future__ import annotations

import base64
import json
import re

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import chat_users as shell

ANSWERS = {
    "registered_vhosts": ["chat.example.lan"],
    "registered_users": ["bob"],
    "muc_online_rooms": [],
    "srg_list": [],
    "get_ban_details": [],
    "check_password": False,
    "register": ["ok", ""],
    "change_password": "ok",
}
ARGUMENTS = {
    "host": "chat.example.lan",
    "users": [{"name": "alice", "password": "alice-secret-1"}, {"name": "bob", "password": "bob-secret-22"}],
}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the module against scripted answers; gives its exit status, its result, and the commands that were sent."""

    def go(epmd="name ejabberd at port 4200\n", answers=None, **arguments):
        sent = []
        names = set()

        def answer(name, said):
            """A function gives another answer each time: it is told how often this was asked."""
            return said([one for one, _arguments in sent].count(name)) if callable(said) else said

        def erl_call(self, command, data="", **kwargs):
            assert "secret" not in " ".join(command)
            name = command[command.index("-h") + 1]
            assert name not in names, "ejabberd refuses a name that it has not yet seen leaving"
            names.add(name)
            calls = json.loads(base64.b64decode(re.search(r'base64:decode\("([^"]*)"\)', data).group(1)))
            sent.extend(calls)
            rows = [[True, answer(name, (answers or ANSWERS)[name])] for name, _arguments in calls]
            return 0, f'{{ok, "{base64.b64encode(json.dumps(rows).encode()).decode()}"}}', ""

        monkeypatch.setattr(shell, "AGAIN", 0)
        monkeypatch.setattr(shell.ejabberd, "_names", lambda: epmd)
        monkeypatch.setattr(shell.AnsibleModule, "run_command", erl_call)
        with patch_module_args({**ARGUMENTS, **arguments}), pytest.raises(SystemExit) as done:
            shell.main()
        out = capsys.readouterr().out
        assert "alice-secret-1" not in out
        return done.value.code, json.loads(out), sent

    return go


def test_success(run):
    code, result, sent = run()
    assert code == 0 and result["changed"] and result["accounts"] == 1
    assert result["changes"] == ["account alice: absent -> present", "account bob password: another one -> as in the inventory"]
    assert sent[-2:] == [
        ["register", ["alice", "chat.example.lan", "alice-secret-1"]],
        ["change_password", ["bob", "chat.example.lan", "bob-secret-22"]],
    ]


def test_check_mode_changes_nothing(run):
    code, result, sent = run(_ansible_check_mode=True)
    assert code == 0 and result["changed"] and not {"register", "change_password"} & {name for name, arguments in sent}


@pytest.mark.parametrize("missing", [{"epmd": ""}, {"answers": {"registered_vhosts": ["localhost"]}}])
def test_a_server_that_is_not_there(run, missing):
    """Check mode predicts that everything is new; a real run says what is the matter."""
    code, result, _sent = run(_ansible_check_mode=True, **missing)
    assert code == 0 and len(result["changes"]) == 2
    code, result, _sent = run(**missing)
    assert code == 1 and result["msg"].startswith("ejabberd: ")


def test_failure(run):
    code, result, _sent = run(answers={**ANSWERS, "register": ["error", "conflict"]})
    assert code == 1
    assert result["msg"] == "account alice: register was refused: conflict"


def test_what_is_refused_is_tried_once_more(run):
    """As when the server answers by a back end that it is just leaving: "exists" of an account that nobody sees."""
    once = {"register": lambda times: ["ok", ""] if times > 1 else ["error", "already registered"]}
    code, result, sent = run(answers={**ANSWERS, **once})
    assert code == 0 and result["changed"]
    assert [name for name, arguments in sent].count("register") == 2


def test_an_account_that_came_in_between_is_taken_over(run):
    """Then it has another password, which is set."""
    came = {
        "register": ["error", "already registered"],
        "registered_users": lambda times: ["bob"] if times == 1 else ["alice", "bob"],
    }
    code, _result, sent = run(answers={**ANSWERS, **came})
    assert code == 0 and ["change_password", ["alice", "chat.example.lan", "alice-secret-1"]] in sent
