# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw lists of accounts and rooms: what is taken, and in which words the rest is refused."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError, Room, User
from ansible_collections.onprem.chat.plugins.module_utils.chat.parse import parse

ALICE = {"name": "alice", "password": "alice-secret-1"}

REFUSED = [
    ([{}], [], ["users[0].name: is missing", "users[0].password: is missing; keep it in the vault"]),
    ([{**ALICE, "name": "Alice"}], [], ["users[0].name: 'Alice' is not a name"]),
    ([{**ALICE, "name": "alice@chat.example.lan"}], [], ["users[0].name: 'alice@chat.example.lan' is not a name"]),
    ([{**ALICE, "password": "short"}], [], ["users[0].password: is not text of at least 8 characters"]),
    ([{**ALICE, "password": 12345678}], [], ["users[0].password: is not text of at least 8 characters"]),
    ([{**ALICE, "password": "tab\tin the middle"}], [], ["users[0].password: is not text of at least 8 characters"]),
    ([ALICE, ALICE], [], ["users[1].name: 'alice' stands in the list twice"]),
    (
        [{**ALICE, "pasword": "x"}],
        [],
        ["users[0].pasword: is not known; known are admin, display_name, invite, name, password, state"],
    ),
    ([{**ALICE, "state": "gone"}], [], ["users[0].state: 'gone' is none of present, disabled, absent"]),
    ([{**ALICE, "display_name": "two\nlines"}], [], ["users[0].display_name: is longer than 200 characters or holds"]),
    ([{**ALICE, "admin": "perhaps"}], [], ["users[0].admin: 'perhaps' is neither true nor false"]),
    ([{**ALICE, "invite": True}], [], ["users[0].password: has no use beside invite: true"]),
    ([{**ALICE, "invite": "perhaps"}], [], ["users[0].invite: 'perhaps' is neither true nor false"]),
    ([{"name": "carol", "invite": False}], [], ["users[0].password: is missing; keep it in the vault"]),
    (["alice"], [], ["users[0]: is not a mapping"]),
    ("alice", [], ["users: is not a list"]),
    ([ALICE], [{"name": "board", "members_only": True, "members": ["bob"]}], ["rooms: room board: member 'bob' is not among"]),
    ([ALICE], [{"name": "board", "members": ["alice"]}], ["rooms[0].members: is of use only with members_only: true"]),
    ([ALICE], [{"name": "board", "members_only": True, "members": "alice"}], ["rooms[0].members: is not a list"]),
    ([], [{"name": "a room"}], ["rooms[0].name: 'a room' is not a name"]),
]


@pytest.mark.parametrize(("users", "rooms", "errors"), REFUSED)
def test_refused(users, rooms, errors):
    """Every error at once, each under its place, and no password in any of them."""
    with pytest.raises(ChatError) as refused:
        parse(users, rooms)
    assert len(refused.value.errors) >= len(errors)
    for error in errors:
        assert any(line.startswith(error) for line in refused.value.errors), refused.value.errors
    assert "alice-secret-1" not in str(refused.value)
    assert "short" not in str(refused.value)


def test_taken():
    wish = parse(
        [{**ALICE, "display_name": " Alice Archer ", "admin": "yes"}, {"name": "bob", "state": "disabled", "admin": True}],
        [{"name": "lobby", "join": True}, {"name": "board", "title": "Board", "members_only": True, "members": ["bob"]}],
        where=("chat_server_users", "chat_server_rooms"),
    )
    assert wish.users == (User("alice", "alice-secret-1", "Alice Archer", True), User("bob", admin=True, state="disabled"))
    assert wish.rooms[0] == Room("lobby", "lobby", join=True)
    assert wish.admins == ("alice",), "who cannot log in administers nothing"


def test_no_password_in_a_representation():
    assert "alice-secret-1" not in repr(parse([ALICE], []))
