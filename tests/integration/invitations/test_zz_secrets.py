"""Last: what was shown and logged while all of the others ran, and what strangers get."""

from __future__ import annotations

import json
import stat
import subprocess

from ansible_collections.onprem.chat.tests.integration.actors.desk import EXEC

from .conftest import DATABASE, LINK, NAME, ask

LOOKED_AT = "journalctl -o cat --no-pager; cat /var/log/nginx/* /var/log/ejabberd/* /etc/onprem-chat/* 2>/dev/null; cat"
CURL = ["curl", "-sS", "--max-time", "10"]


def on_desk(*command: str) -> str:
    return subprocess.run([*EXEC, "desk1", *command], capture_output=True, text=True, check=True, cwd="/").stdout


def test_no_token_and_no_password_is_anywhere(operator):
    tokens = operator.tokens | {token for path in operator.sheets.iterdir() for token in LINK.findall(path.read_text("utf-8"))}
    assert tokens
    seen = operator.on_chat("sh", "-c", f"({LOOKED_AT} {DATABASE}) | iconv -c -t utf-8; true")
    assert "accept: made" in seen, "there is something to read"
    for words in (*tokens, "chosen by carol", "the words of number", "the kill", "after all of that"):
        assert words not in seen
        assert words not in operator.output
    assert not LINK.search(operator.output)


def test_the_sheets_are_for_their_owner_alone(operator):
    assert stat.S_IMODE(operator.sheets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in operator.sheets.iterdir()} == {0o600}


def test_what_a_stranger_gets(operator):
    base = f"https://{NAME}/invite/"
    told = ["-o", "/dev/null", "-w", "%{http_code}"]
    post = [*told, "-H", "Content-Type: application/json"]
    assert on_desk(*CURL, *told, base + "look") == "403", "no GET, so that no link can do it"
    assert on_desk(*CURL, *told, "-H", "Content-Type: text/plain", "-d", "{}", base + "accept") == "400"
    assert on_desk(*CURL, *post, "-d", "[" * 1500, base + "accept") == "400"
    assert on_desk(*CURL, *post, "-d", "x" * 5000, base + "accept") == "413"
    assert on_desk(*CURL, *told, base + "index.en.html") == "404"
    assert ask("look", token="A" * 43) == {"state": "unknown"}
    answers = on_desk(*CURL, *post, "-d", json.dumps({"token": "A" * 43}), *[base + "look"] * 60)
    assert "429" in answers, "who asks without end is told to wait"


def test_the_headers_of_everything(operator):
    for path in ("", "invite.js", "invite.css", "look", "nothing"):
        headers = on_desk(*CURL, "-D", "-", "-o", "/dev/null", f"https://{NAME}/invite/{path}").lower()
        assert "referrer-policy: no-referrer" in headers
        assert "x-frame-options: deny" in headers and "frame-ancestors 'none'" in headers
        assert "unsafe-inline'" not in headers or path == "nothing"
        assert "cache-control: no-" in headers


def test_systemd_calls_both_units_safe(operator):
    units = ["onprem-chat-invitations.service", "onprem-chat-registrar@.service"]
    operator.on_chat("systemd-analyze", "security", "--no-pager", "--threshold=20", *units)
