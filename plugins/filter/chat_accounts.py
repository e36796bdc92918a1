# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat.parse import parse

DOCUMENTATION = r"""
name: chat_accounts
short_description: Check lists of chat accounts and rooms
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Checks the lists and returns names alone; a password does not come out.
  - Every error is reported at once, under its place in the inventory.
positional: _input
options:
  _input:
    description: Accounts, as O(onprem.chat.chat_users#module:users) takes them.
    type: list
    elements: dict
    required: true
  rooms:
    description: Rooms, as O(onprem.chat.chat_users#module:rooms) takes them.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Say who administers the chat
  ansible.builtin.debug:
    msg: "{{ (chat_server_users | onprem.chat.chat_accounts).admins }}"
"""

RETURN = r"""
_value:
  description:
    - The names of all C(users), the C(admins) among them, the C(rooms), and those that are C(joined) by everybody.
    - C(invited) are those who make their account by an invitation, each with C(name) and C(display_name).
  type: dict
"""


def chat_accounts(users: Any, rooms: Any = ()) -> dict[str, list[Any]]:
    try:
        wish = parse(users, rooms, where=("chat_server_users", "chat_server_rooms"))
    except ChatError as error:
        raise AnsibleFilterError(str(error)) from None
    return {
        "users": [user.name for user in wish.users],
        "admins": list(wish.admins),
        "rooms": [room.name for room in wish.rooms],
        "joined": [room.name for room in wish.rooms if room.join and room.state == "present"],
        "invited": [
            {"name": user.name, "display_name": user.display_name}
            for user in wish.users
            if user.invite and user.state == "present"
        ],
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"chat_accounts": chat_accounts}
