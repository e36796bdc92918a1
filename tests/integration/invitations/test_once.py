"""One link, one account: when many click at once, when programs are killed, after a backup, and not a day longer."""

from __future__ import annotations

import json
import random
import subprocess
import time

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import EXEC

from .conftest import CHAT, DATABASE, HERE, ask, start

KILL = "systemctl kill --signal=KILL onprem-chat-invitations.service 'onprem-chat-registrar@*.service'"


def test_of_many_who_click_at_once_one_gets_the_account(operator):
    token = operator.token("dave")
    words = [f"the words of number {number}" for number in range(6)]
    asked = [start("accept", token=token, password=word) for word in words]
    answers = [json.loads(one.communicate()[0])["state"] for one in asked]
    assert sorted(answers) == ["made"] + ["used"] * 5
    fits = [word for word in words if operator.password_fits("dave", word)]
    assert fits == [words[answers.index("made")]]


def test_when_programs_are_killed_there_is_still_one_account(operator):
    """At a random moment each; whoever is cut off tries again, with another password, and so does somebody else."""
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    cut = 0
    for number in range(5):
        name = f"kill{number}"
        token = operator.token(name)
        first = start("accept", token=token, password="words before the kill")
        time.sleep(chance.uniform(0.15, 0.75))
        operator.on_chat("sh", "-c", KILL)
        made = [json.loads(first.communicate()[0])["state"]]
        cut += made[0] not in ("made", "used")
        for word in ("words after the kill", "words of somebody else"):
            asked = [start("accept", token=token, password=word) for _ in range(2)]
            made += [json.loads(one.communicate()[0])["state"] for one in asked]
        assert made.count("made") <= 1, (seed, name, made)
        assert made[-1] == "used", (seed, name, made)
        assert operator.states()[name] == "used", (seed, name)
        passwords = ("words before the kill", "words after the kill", "words of somebody else")
        assert [operator.password_fits(name, word) for word in passwords].count(True) == 1, (seed, name, made)
    print(f"seed {seed}, {cut} of 5 were cut off")
    assert operator.on_chat("systemctl", "list-units", "--failed", "--no-legend", "onprem-chat-*.socket") == ""


def test_an_account_that_was_taken_away_does_not_come_back(operator):
    token = operator.token("dave")
    operator.on_chat("ejabberdctl", "unregister", "dave", "chat.example.lan")
    assert ask("accept", token=token, password="once more, please")["state"] == "used"
    assert "dave" not in operator.accounts()


def test_not_after_its_time(operator):
    token = operator.token("erin")
    statement = "update invitation set expires = strftime('%s', 'now') where name = 'erin'"
    change = f"import sqlite3; db = sqlite3.connect({DATABASE!r}); db.execute({statement!r}); db.commit()"
    operator.on_chat("runuser", "-u", "onprem-invitations", "--", "python3", "-c", change)
    assert ask("look", token=token) == {"state": "expired"}
    assert ask("accept", token=token, password="too late by a second")["state"] == "expired"
    assert "erin" not in operator.accounts()
    operator.invite()
    assert operator.token("erin") != token, "somebody whose link is over gets a new one"
    assert ask("look", token=token) == {"state": "expired"}


def test_not_when_it_was_taken_back(operator):
    token = operator.token("erin")
    operator.invite("-e", "onprem_invite_revoke=erin")
    assert ask("accept", token=token, password="I was invited once")["state"] == "revoked"


def test_not_when_the_inventory_does_not_name_the_person_any_more(operator):
    token = operator.token("frank")
    operator.play(HERE / "serve.yml", people=["gwen", "heidi"])
    assert ask("accept", token=token, password="I was invited once")["state"] == "revoked"
    assert "frank" not in operator.accounts()


def test_a_new_link_for_who_has_an_account_is_refused(operator):
    output = operator.invite("-e", "onprem_invite=kill0", fine=False)
    assert "has an account already" in output
    assert "is not among those who may be invited" in operator.invite("-e", "onprem_invite=mallory", fine=False)


def test_a_second_run_makes_no_link(operator):
    operator.invite()
    sheets = {path.name: path.read_bytes() for path in operator.sheets.iterdir()}
    assert "changed=0" in operator.invite()
    assert {path.name: path.read_bytes() for path in operator.sheets.iterdir()} == sheets


def test_a_backup_holds_them_and_a_restart_loses_none(operator):
    token = operator.token("gwen")
    operator.play(HERE / "backup.yml", "-e", "backup_state=present")
    operator.on_chat("sh", "-c", f"systemctl stop onprem-chat-invitations.service; rm {DATABASE}")
    assert ask("look", token=token)["state"] == "unknown"
    operator.play(HERE / "backup.yml", "-e", "backup_state=restored")
    before = operator.states()
    assert ask("look", token=token)["state"] == "open"
    operator.on_chat("systemctl", "restart", "onprem-chat-invitations.service", "nginx", "ejabberd")
    deadline = time.monotonic() + 60
    while ask("accept", token=token, password="after all of that")["state"] != "made":
        assert time.monotonic() < deadline
        time.sleep(1)
    assert {**before, "gwen": "used"} == operator.states()


@pytest.mark.parametrize("account", ["nobody", "www-data", "ejabberd"])
def test_other_accounts_of_the_server_get_at_nothing(operator, account):
    """The socket of the registrar is the service's alone, that of the service nginx's; the database is the service's."""
    probe = (
        "import socket, sys\n"
        "for path in ('/run/onprem-chat-registrar.sock', '/run/onprem-chat-invitations.sock'):\n"
        "    try: socket.socket(socket.AF_UNIX).connect(path); print('open')\n"
        "    except PermissionError: print('closed')\n"
        f"try: open({DATABASE!r}, 'rb'); print('open')\n"
        "except PermissionError: print('closed')\n"
    )
    done = subprocess.run(
        [*EXEC, CHAT, "runuser", "-u", account, "--", "python3", "-c", probe], capture_output=True, text=True, check=True, cwd="/"
    )
    assert done.stdout.split() == ["closed", "open" if account == "www-data" else "closed", "closed"]
