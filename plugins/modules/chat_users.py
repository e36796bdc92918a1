#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_users
short_description: Accounts and rooms of an ejabberd chat server
version_added: 0.1.0
description:
  - Brings accounts, group rooms and the contact list of an ejabberd server to what is asked for, in one call on its host.
  - Reads first; an account whose password fits is left alone. Accounts and rooms that are not named stay as they are.
  - Speaks with ejabberd over Erlang's own channel on the loopback (C(erl_call)), so no password is ever on a command line and
    the server needs no further listener.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes
requirements:
  - ejabberd 24.12 or newer, running, and root on its host
options:
  host:
    description: The chat domain.
    type: str
    required: true
  users:
    description: The accounts.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the account, the part of the address before the C(@).
        type: str
        required: true
      password:
        description: The password, at least 8 characters; required with O(users[].state=present) and without O(users[].invite).
        type: str
      display_name:
        description: What others read in place of the name.
        type: str
      admin:
        description: Whether this person administers the chat. This module does nothing with it; ejabberd's configuration says it.
        type: bool
        default: false
      state:
        description:
          - V(present) can log in.
          - V(disabled) cannot, is logged off, and keeps all messages.
          - V(absent) is deleted together with messages and files.
        type: str
        choices: [present, disabled, absent]
        default: present
      invite:
        description:
          - Whether this person makes the account with an invitation (see M(onprem.chat.chat_invitations)) and chooses the password.
          - Such an account is never made here and its password is never touched. Once it is there, the rest is kept as for others.
        type: bool
        default: false
  passwords:
    description:
      - With V(always) an account whose password is another one gets that of O(users).
      - With V(on_create) the password is set when the account is made and never again.
    type: str
    choices: [always, on_create]
    default: always
  exclusive:
    description: Disable every account that O(users) does not name.
    type: bool
    default: false
  shared_roster:
    description:
      - Title of a contact list in which everybody finds everybody; empty for no such list. Left as it is if not given.
      - For up to about 200 accounts; with thousands it slows every log-in.
    type: str
  rooms:
    description: The group rooms; they last, and keep their messages.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the room, the part of its address before the C(@).
        type: str
        required: true
      title:
        description: What people read; the name if not given.
        type: str
      description:
        description: What the room is for.
        type: str
      members_only:
        description: Only O(rooms[].members) may enter, and others do not find the room.
        type: bool
        default: false
      members:
        description: Names of the accounts that may enter a room that is for members only; every account of O(users) if not given.
        type: list
        elements: str
      join:
        description: Whether the web client opens the room for everybody. This module does nothing with it; the web client does.
        type: bool
        default: false
      state:
        description: V(absent) deletes the room and its messages.
        type: str
        choices: [present, absent]
        default: present
  node:
    description: The short name of ejabberd's Erlang node on this host.
    type: str
    default: ejabberd
  timeout:
    description:
      - For how long an answer of ejabberd is awaited, in seconds; one more for each thing that is asked at once.
      - With its database down it answers after minutes.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Two people and a room
  onprem.chat.chat_users:
    host: chat.example.lan
    users:
      - name: alice
        display_name: Alice Archer
        password: "{{ vault_alice }}"
      - name: bob
        password: "{{ vault_bob }}"
    shared_roster: Example Office
    rooms:
      - name: lobby
        title: Lobby

- name: Somebody has left
  onprem.chat.chat_users:
    host: chat.example.lan
    users:
      - name: carol
        state: disabled
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one line each; never a password.
  returned: success
  type: list
  elements: str
  sample: ["account alice: absent -> present"]
accounts:
  description: How many accounts the server had before.
  returned: success
  type: int
"""

import shutil
import signal
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.chat import erlang
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import Call, ChatError, Sight, Wish
from ansible_collections.onprem.chat.plugins.module_utils.chat.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.chat.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.chat.sight import (
    Answer,
    domains,
    domains_question,
    first_questions,
    names,
    second_questions,
    see,
)
from ansible_collections.onprem.chat.plugins.module_utils.chat_shell import node as ejabberd

COOKIE_HOME = "/var/lib/ejabberd"
AGAIN = 1.0  # seconds after which a refused call is tried again


class Server:
    """The running ejabberd of this host."""

    def __init__(self, module: AnsibleModule, node: str, timeout: int) -> None:
        self.module = module
        self.timeout = timeout
        self.port = ejabberd.port(node)
        self.erl_call = shutil.which("erl_call") or "/usr/bin/erl_call"

    def run(self, calls: tuple[Call, ...]) -> list[Answer]:
        """Make the calls; data and passwords go in by standard input."""
        if not calls:
            return []
        patience = self.timeout + len(calls)
        code, out, _err = self.module.run_command(
            ejabberd.erl_call(self.erl_call, self.port, patience),
            data=erlang.program(calls),
            environ_update={"HOME": COOKIE_HOME},
        )
        if code == -signal.SIGALRM:
            raise ChatError([f"ejabberd: runs and gave no answer in {patience} s; is its database up?"])
        if code:
            raise ChatError([f"ejabberd: erl_call could not reach it on port {self.port} (exit status {code})"])
        return erlang.answers(out)


def look(server: Server, wish: Wish, host: str) -> Sight:
    users, rooms, grouped = names(server.run(first_questions(host)))
    questions = second_questions(wish, host, users, rooms, grouped)
    details = dict(zip(questions, server.run(tuple(questions.values()))))
    return see(wish, host, users, rooms, grouped, details)


def absence(server: Server, node: str, host: str) -> str | None:
    """Why nothing can be asked of the server here, or None. In check mode that is a server that is yet to be made."""
    if server.port is None:
        return f"node {node!r} does not run here; see systemctl status ejabberd"
    if host not in domains(server.run(domains_question())):
        return f"does not serve {host}; see hosts in /etc/ejabberd/ejabberd.yml"
    return None


def bring(server: Server, wish: Wish, host: str, calls: tuple[Call, ...]) -> None:
    """Make the calls. What was refused is looked at anew and tried once more.

    A server that just read its configuration again answers by the old one for a moment, and somebody may have come in between.
    """
    if apply(server, calls):
        time.sleep(AGAIN)
        refused = apply(server, compute(wish, look(server, wish, host), host))
        if refused:
            raise ChatError(refused)


def apply(server: Server, calls: tuple[Call, ...]) -> list[str]:
    """Make the calls; returns what was refused, and why."""
    refused = []
    for call, (fine, value) in zip(calls, server.run(calls)):
        reason = erlang.refusal(value) if fine else str(value)
        if reason:
            refused.append(f"{call.what}: {call.command} was refused: {reason}")
    return refused


def result(calls: tuple[Call, ...], sight: Sight) -> dict[str, Any]:
    lines = [f"{call.what}: {call.before} -> {call.after}" for call in calls]
    diff = {
        "before_header": "chat accounts and rooms",
        "after_header": "chat accounts and rooms",
        "before": "".join(f"{call.what}: {call.before}\n" for call in calls),
        "after": "".join(f"{call.what}: {call.after}\n" for call in calls),
    }
    return {"changed": bool(calls), "changes": lines, "accounts": len(sight.users), "diff": diff}


def arguments() -> dict[str, Any]:
    user = {
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "no_log": True},
        "display_name": {"type": "str"},
        "admin": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "disabled", "absent"], "default": "present"},
        "invite": {"type": "bool", "default": False},
    }
    room = {
        "name": {"type": "str", "required": True},
        "title": {"type": "str"},
        "description": {"type": "str"},
        "members_only": {"type": "bool", "default": False},
        "members": {"type": "list", "elements": "str"},
        "join": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }
    return {
        "host": {"type": "str", "required": True},
        "users": {"type": "list", "elements": "dict", "options": user, "default": []},
        "passwords": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
        "exclusive": {"type": "bool", "default": False},
        "shared_roster": {"type": "str"},
        "rooms": {"type": "list", "elements": "dict", "options": room, "default": []},
        "node": {"type": "str", "default": "ejabberd"},
        "timeout": {"type": "int", "default": 120},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=arguments(), supports_check_mode=True)
    given = module.params
    try:
        wish = parse(given["users"], given["rooms"], given["shared_roster"], given["passwords"], given["exclusive"])
        server = Server(module, given["node"], given["timeout"])
        reason = absence(server, given["node"], given["host"])
        if reason and not module.check_mode:
            raise ChatError([f"ejabberd: {reason}"])
        sight = Sight() if reason else look(server, wish, given["host"])
        calls = compute(wish, sight, given["host"])
        if not module.check_mode:
            bring(server, wish, given["host"], calls)
    except ChatError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result(calls, sight))


if __name__ == "__main__":
    main()
