# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ejabberd's commands as one Erlang expression for C(erl_call -e), and what comes back.

Why not its HTTP interface: that would be one more listener with one more password, and its Unix socket (24.12) takes five
seconds to open and falls over at the first connection. The Erlang channel is there anyway, on the loopback, kept by its cookie.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

from .model import Call, ChatError

VERSION = 2  # of ejabberd's interface; ban_account and its kin are different in others

# The arguments of a command in the order of its definition.
COMMANDS: dict[str, tuple[str, ...]] = {
    "ban_account": ("user", "host", "reason"),
    "change_password": ("user", "host", "newpass"),
    "change_room_option": ("room", "service", "option", "value"),
    "check_account": ("user", "host"),
    "check_password": ("user", "host", "password"),
    "create_room_with_opts": ("room", "service", "host", "options"),
    "destroy_room": ("room", "service"),
    "get_ban_details": ("user", "host"),
    "get_room_affiliations": ("room", "service"),
    "get_room_options": ("room", "service"),
    "get_vcard": ("user", "host", "name"),
    "muc_online_rooms": ("service",),
    "register": ("user", "host", "password"),
    "registered_users": ("host",),
    "registered_vhosts": (),
    "set_room_affiliation": ("room", "service", "user", "host", "affiliation"),
    "set_vcard": ("user", "host", "name", "content"),
    "srg_create": ("group", "host", "label", "description", "display"),
    "srg_delete": ("group", "host"),
    "srg_get_info": ("group", "host"),
    "srg_list": ("host",),
    "srg_user_add": ("user", "host", "group", "grouphost"),
    "unban_account": ("user", "host"),
    "unregister": ("user", "host"),
}

# Data travels as base64 of JSON both ways, so nothing of it is ever read as code. Pairs become tuples, as room options want them.
_PROGRAM = """
In = fun I(#{<<"name">> := N, <<"value">> := V}) -> {N, V}; I(L) when is_list(L) -> [I(X) || X <- L]; I(X) -> X end,
Out = fun O(X) when is_number(X); is_binary(X); is_boolean(X) -> X;
          O(X) when is_atom(X) -> atom_to_binary(X, utf8);
          O(X) when is_tuple(X) -> O(tuple_to_list(X));
          O([]) -> [];
          O(L) when is_list(L) ->
              case io_lib:printable_unicode_list(L) of
                  true -> unicode:characters_to_binary(L);
                  false -> [O(X) || X <- L]
              end;
          O(_) -> null end,
Run = fun([Name, Args]) ->
          try ejabberd_commands:execute_command2(binary_to_existing_atom(Name, utf8), In(Args),
                                                 #{caller_module => ejabberd_ctl}, %d) of
              Result -> [true, Out(Result)]
          catch _:Reason -> [false, Out(Reason)] end end,
base64:encode_to_string(iolist_to_binary(misc:json_encode([Run(C) || C <- misc:json_decode(base64:decode("%s"))]))).
"""
_ANSWER = re.compile(r'\{ok, "([A-Za-z0-9+/=]*)"\}\s*')


def program(calls: Iterable[Call]) -> str:
    """The expression that makes the calls in their order."""
    rows = [[call.command, [call.arguments[name] for name in COMMANDS[call.command]]] for call in calls]
    return _PROGRAM % (VERSION, base64.b64encode(json.dumps(rows).encode("utf-8")).decode("ascii"))


def answers(text: str) -> list[tuple[bool, Any]]:
    """What C(erl_call) printed to one (fine, value) for each call. The words of a failure never hold what was sent."""
    found = _ANSWER.fullmatch(text)
    if not found:
        raise ChatError(["ejabberd: gave no readable answer; see /var/log/ejabberd/ejabberd.log"])
    return [(bool(fine), value) for fine, value in json.loads(base64.b64decode(found.group(1)))]


def refusal(value: Any) -> str | None:
    """The reason when a command was refused, or None: done is said by C(ok), C(true) or C([ok, words])."""
    if value == "ok" or value is True or (isinstance(value, list) and value[:1] == ["ok"]):
        return None
    if isinstance(value, list) and value[:1] == ["error"] and _spoken(value[-1]):
        return _spoken(value[-1])
    return json.dumps(value)


def _spoken(value: Any) -> str:
    """The text of Erlang's lists of characters and of texts, which JSON has numbers for; empty when it is none."""
    texts = [_text(part) for part in (value if isinstance(value, list) else [value])]
    return "".join(texts) if all(texts) else ""


def _text(part: Any) -> str:
    if isinstance(part, int):
        return chr(part) if 32 <= part < 0xD800 else ""
    return part if isinstance(part, str) else ""


def epmd_port(text: str, node: str) -> int | None:
    """The port of a node in the list that epmd gives (C(name ejabberd at port 4200))."""
    found = re.search(rf"^name {re.escape(node)} at port ([0-9]+)$", text, re.MULTILINE)
    return int(found.group(1)) if found else None
