# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registrar: the one program here that may speak with ejabberd. It can do two things, whoever asks: make a new account,
and say whether one is there. systemd starts it for each connection of its socket, with the connection as standard input.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.onprem.chat.plugins.module_utils.chat import erlang
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import Call, ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat_shell import node

#: As in the chat's lists of accounts.
NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,62}")
LONGEST = 65536
NODE = "ejabberd"
PATIENCE = 30

Run = Callable[[Sequence[Call]], "list[tuple[bool, Any]]"]


def decide(given: Mapping[str, Any], domain: str, run: Run) -> dict[str, Any]:
    """What is asked, done by C(run). An outcome that nobody knows is L(ChatError)."""
    if given.get("do") == "existing":
        names = [name for name in given.get("names", []) if isinstance(name, str) and NAME.fullmatch(name)]
        answers = run([Call("check_account", {"user": name, "host": domain}, "", "", "") for name in names])
        if not all(fine and isinstance(value, bool) for fine, value in answers):
            raise ChatError(["ejabberd: does not say who has an account"])
        return {"existing": [name for name, (_fine, value) in zip(names, answers) if value]}
    name, password, shown = (given.get(key) for key in ("name", "password", "display_name"))
    if given.get("do") != "register" or not (
        isinstance(name, str) and NAME.fullmatch(name) and isinstance(password, str) and password
    ):
        return {"outcome": "refused"}
    who = {"user": name, "host": domain}
    ((fine, value),) = run([Call("register", {**who, "password": password}, "", "", "")])
    outcome = _outcome(fine, value)
    if outcome == "made" and isinstance(shown, str) and shown:
        # only of an account that this very call made; when it goes wrong, the next run of the playbook sees to it
        try:
            run([Call("set_vcard", {**who, "name": "FN", "content": shown}, "", "", "")])
        except ChatError as reason:
            sys.stderr.write(f"display name: {reason}\n")
    return {"outcome": outcome}


def _outcome(fine: bool, value: Any) -> str:
    if fine and erlang.refusal(value) is None:
        return "made"
    said = value[1] if fine and isinstance(value, list) and len(value) > 1 and value[0] == "error" else ""
    if said == "conflict":
        return "exists"
    if said == "cannot_register":
        return "refused"
    raise ChatError(["ejabberd: gave an answer that is not known"])


def ask_ejabberd(calls: Sequence[Call]) -> list[tuple[bool, Any]]:
    """Make calls of the running ejabberd; passwords go in by standard input, and the cookie is read from the account's home."""
    if not calls:
        return []
    port = node.port(NODE)
    program = shutil.which("erl_call", path="/usr/bin")
    if port is None or program is None:
        raise ChatError(["ejabberd: does not run"])
    command = node.erl_call(program, port, PATIENCE - 5)
    try:
        done = subprocess.run(command, input=erlang.program(calls), capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ChatError(["ejabberd: gave no answer in time"]) from None
    if done.returncode:
        raise ChatError([f"ejabberd: erl_call could not reach it (exit status {done.returncode})"])
    return erlang.answers(done.stdout)


def main(domain: str) -> int:
    """One question from standard input, one answer to standard output."""
    try:
        given = json.loads(sys.stdin.buffer.readline(LONGEST))
        told = decide(given if isinstance(given, dict) else {}, domain, ask_ejabberd)
    except ValueError:
        told = {"outcome": "refused"}
    except ChatError as reason:
        sys.stderr.write(f"{reason}\n")
        told = {"outcome": "unsure"}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0
