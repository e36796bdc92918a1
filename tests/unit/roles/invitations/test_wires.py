# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes from outside: SCGI, lines of JSON, and what the registrar does with them."""

from __future__ import annotations

import json
import socket

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from onprem_invitations import registrar, scgi, service

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

HEADERS = {
    "CONTENT_LENGTH": "",
    "SCGI": "1",
    "REQUEST_METHOD": "POST",
    "CONTENT_TYPE": "application/json",
    "DOCUMENT_URI": "/invite/look",
}


def request(body=b"{}", **headers):
    rows = {**HEADERS, "CONTENT_LENGTH": str(len(body)), **headers}
    block = "".join(f"{key}\0{value}\0" for key, value in rows.items()).encode()
    return f"{len(block)}:".encode() + block + b"," + body


def read(data):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        return scgi.read(ours)


def test_a_request():
    assert read(request(b'{"token": "x"}')) == ("/invite/look", {"token": "x"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b":,",
        b"99999999:x,",
        b"5:ab",
        request()[:-6],
        request().replace(b",{}", b";{}"),
        request(b"[]"),
        request(b"nonsense"),
        request(b"[" * 2000),
        request(b'{"token": "' + b"x" * 2048 + b'"}'),
        request(b'{"a":' * 300),
        request(CONTENT_LENGTH="-1"),
        request(CONTENT_LENGTH="1e3"),
        request(CONTENT_LENGTH=""),
        request(REQUEST_METHOD="GET"),
        request(CONTENT_TYPE="text/plain"),
        request(DOCUMENT_URI="x" * 5000),
    ],
)
def test_what_is_refused(data):
    with pytest.raises(scgi.Malformed):
        read(data)


@hypothesis.given(st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(request)))
def test_nothing_that_comes_is_more_than_refused(data):
    try:
        _path, given = read(data)
    except scgi.Malformed:
        return
    assert isinstance(given, dict)


class Silent:
    """A desk that remembers what it was asked."""

    def answer(self, what, given):
        self.asked = (what, given)
        return {"state": "later"}


def test_the_answer_and_a_journal_without_secrets(capsys):
    ours, theirs = socket.socketpair()
    desk = Silent()
    with ours, theirs:
        theirs.sendall(request(b'{"token": "secret-token", "password": "secret-word"}', DOCUMENT_URI="/invite/accept"))
        service.answer(ours, desk)
        told = theirs.recv(4096).decode()
    assert desk.asked == ("accept", {"token": "secret-token", "password": "secret-word"})
    assert told.startswith("Status: 503 Service Unavailable\r\n")
    assert "secret" not in capsys.readouterr().err


class Erlang:
    """ejabberd by its commands; answers were copied from 24.12."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def __call__(self, calls):
        self.calls += [(call.command, dict(call.arguments)) for call in calls]
        return [self.answers[call.command] for call in calls]


MADE = (True, ["ok", "User carol@chat.example.lan successfully registered"])
CONFLICT = (True, ["error", "conflict", 10090, [85, "alice"]])
CANNOT = (True, ["error", "cannot_register", 10001, "Unknown virtual host"])
CAROL = {"do": "register", "name": "carol", "password": "long enough", "display_name": "Carol"}


@pytest.mark.parametrize(("answer", "outcome"), [(MADE, "made"), (CONFLICT, "exists"), (CANNOT, "refused")])
def test_an_account(answer, outcome):
    erlang = Erlang(register=answer, set_vcard=(True, "ok"))
    assert registrar.decide(CAROL, "chat.example.lan", erlang) == {"outcome": outcome}
    register = ("register", {"user": "carol", "host": "chat.example.lan", "password": "long enough"})
    assert erlang.calls[0] == register
    assert [command for command, _arguments in erlang.calls[1:]] == (["set_vcard"] if outcome == "made" else []), (
        "nothing of an account that was there before is touched"
    )


@pytest.mark.parametrize("answer", [(False, "timeout"), (True, None), (True, ["error", "down"]), (True, [])])
def test_an_outcome_that_nobody_knows(answer):
    with pytest.raises(ChatError):
        registrar.decide(CAROL, "chat.example.lan", Erlang(register=answer))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"do": "unregister", "name": "alice"},
        {"do": "change_password", "name": "alice", "password": "mine now, all of it"},
        {**CAROL, "name": "carol@other.example.com"},
        {**CAROL, "name": "../carol"},
        {**CAROL, "name": "Carol"},
        {**CAROL, "name": ""},
        {**CAROL, "name": None},
        {**CAROL, "password": ""},
        {**CAROL, "password": 7},
    ],
)
def test_it_does_nothing_else(given):
    erlang = Erlang()
    assert registrar.decide(given, "chat.example.lan", erlang) == {"outcome": "refused"}
    assert erlang.calls == []


def test_a_domain_that_is_sent_is_not_heard():
    erlang = Erlang(register=MADE, set_vcard=(True, "ok"))
    registrar.decide({**CAROL, "host": "other.example.com", "domain": "other.example.com"}, "chat.example.lan", erlang)
    assert {arguments["host"] for _command, arguments in erlang.calls} == {"chat.example.lan"}


def test_who_is_there():
    erlang = Erlang(check_account=(True, True))
    assert registrar.decide({"do": "existing", "names": ["alice", "A b", "bob/x", 7]}, "chat.example.lan", erlang) == {
        "existing": ["alice"]
    }
    with pytest.raises(ChatError):
        registrar.decide({"do": "existing", "names": ["alice"]}, "chat.example.lan", Erlang(check_account=(False, "down")))


def test_the_password_is_on_no_command_line(monkeypatch):
    seen = []
    monkeypatch.setattr(registrar.node, "_names", lambda: "name ejabberd at port 4200\n")
    monkeypatch.setattr(registrar.shutil, "which", lambda name, path: f"/usr/bin/{name}")

    class Done:
        returncode, stdout = 7, ""

    monkeypatch.setattr(registrar.subprocess, "run", lambda command, **how: seen.append((command, how["input"])) or Done)
    with pytest.raises(ChatError, match="exit status 7"):
        registrar.decide(CAROL, "chat.example.lan", registrar.ask_ejabberd)
    ((command, given),) = seen
    assert "long enough" not in json.dumps(command) and given
