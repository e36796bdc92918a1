# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a wish and a server to calls: the right ones, and none once they are made."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.erlang import COMMANDS
from ansible_collections.onprem.chat.plugins.module_utils.chat.parse import parse

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

ALICE = {"name": "alice", "password": "alice-secret-1", "display_name": "Alice Archer"}
BOB = {"name": "bob", "password": "bob-secret-22"}
BOARD = {"name": "board", "title": "Board", "members_only": True, "members": ["alice"]}


def made(server, wish):
    """Make what is left to do; what it was, in words."""
    calls = server.plan(wish)
    server.run(calls)
    assert server.plan(wish) == (), "a second run finds nothing to do"
    return [f"{call.what}: {call.before} -> {call.after}" for call in calls]


def test_from_nothing(ejabberd):
    words = made(ejabberd, parse([ALICE, BOB], [BOARD, {"name": "lobby"}], "Office"))
    assert words == [
        "account alice: absent -> present",
        "account alice display name: none -> Alice Archer",
        "account bob: absent -> present",
        "contact list of everybody: none -> Office",
        "contact list of everybody, members: unknown -> all accounts",
        "room board: absent -> present",
        "room board alice: none -> member",
        "room lobby: absent -> present",
    ]
    assert ejabberd.rooms["board"]["options"]["public"] == "false"
    assert ejabberd.rooms["lobby"]["options"]["mam"] == "true"


CHANGES = [
    ([{**ALICE, "password": "alice-secret-2"}, BOB], [BOARD], {}, ["account alice password: another one -> as in the inventory"]),
    ([{**ALICE, "password": "alice-secret-2"}, BOB], [BOARD], {"passwords": "on_create"}, []),
    ([{**ALICE, "display_name": "Alice"}, BOB], [BOARD], {}, ["account alice display name: Alice Archer -> Alice"]),
    ([{"name": "alice", "password": "alice-secret-1"}, BOB], [BOARD], {}, []),
    ([ALICE, {"name": "bob", "state": "disabled"}], [BOARD], {}, ["account bob: enabled -> disabled"]),
    ([ALICE, {"name": "bob", "state": "absent"}], [BOARD], {}, ["account bob: present -> absent"]),
    ([ALICE], [BOARD], {}, []),
    ([ALICE], [BOARD], {"exclusive": True}, ["account bob: enabled -> disabled"]),
    ([ALICE, BOB], [{**BOARD, "title": "B"}], {}, ["room board title: Board -> B"]),
    ([ALICE, BOB], [{**BOARD, "members": ["bob"]}], {}, ["room board bob: none -> member", "room board alice: member -> none"]),
    ([ALICE, BOB], [{**BOARD, "members": None}], {}, ["room board bob: none -> member"]),
    (
        [ALICE, BOB],
        [{"name": "board", "title": "Board"}],
        {},
        ["room board members_only: true -> false", "room board public: false -> true"],
    ),
    ([ALICE, BOB], [{"name": "board", "state": "absent"}], {}, ["room board: present -> absent"]),
    ([ALICE, BOB], [], {}, []),
    ([ALICE, BOB], [BOARD], {"shared_roster": ""}, ["contact list of everybody: Office -> none"]),
    ([ALICE, BOB], [BOARD], {"shared_roster": None}, []),
    (
        [ALICE, BOB],
        [BOARD],
        {"shared_roster": "Firm"},
        ["contact list of everybody: Office -> Firm", "contact list of everybody, members: unknown -> all accounts"],
    ),
]


@pytest.mark.parametrize(("users", "rooms", "other", "words"), CHANGES)
def test_one_change(ejabberd, users, rooms, other, words):
    made(ejabberd, parse([ALICE, BOB], [BOARD], "Office"))
    assert made(ejabberd, parse(users, rooms, **{"shared_roster": "Office", **other})) == words


def test_a_disabled_account_comes_back_with_its_password(ejabberd):
    made(ejabberd, parse([ALICE], []))
    made(ejabberd, parse([{"name": "alice", "state": "disabled"}], []))
    assert made(ejabberd, parse([{**ALICE, "password": "alice-secret-2"}], [])) == [
        "account alice: disabled -> enabled",
        "account alice password: not known -> as in the inventory",
    ]
    assert ejabberd.users["alice"]["password"] == "alice-secret-2"


def test_every_call_is_complete(ejabberd):
    """A call has exactly the arguments of its command."""
    wishes = [
        parse([ALICE, BOB], [BOARD], "Office"),
        parse([{**ALICE, "state": "absent"}], [{"name": "board", "state": "absent"}]),
    ]
    for wish in wishes:
        for call in ejabberd.plan(wish):
            assert set(call.arguments) == set(COMMANDS[call.command])
        ejabberd.run(ejabberd.plan(wish))


def test_no_password_in_what_is_shown(ejabberd):
    calls = ejabberd.plan(parse([ALICE], []))
    assert "alice-secret-1" not in repr(calls)


NAMES = st.sampled_from(["alice", "bob", "carol"])
USERS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "password": st.sampled_from(["secret-one-1", "secret-two-2"])},
        optional={"display_name": st.sampled_from(["A", "B"]), "state": st.sampled_from(["present", "disabled", "absent"])},
    ),
    unique_by=lambda row: row["name"],
)
ROOMS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["lobby", "board"])},
        optional={"title": NAMES, "members_only": st.booleans(), "state": st.sampled_from(["present", "absent"])},
    ),
    unique_by=lambda row: row["name"],
)
WISHES = st.builds(parse, USERS, ROOMS, st.sampled_from(["", "Office"]), st.sampled_from(["always", "on_create"]), st.booleans())


@hypothesis.given(wishes=st.lists(WISHES, max_size=4))
def test_any_wish_after_any_other_settles_in_one_run(model, wishes):
    server = model()
    for wish in wishes:
        made(server, wish)
        states = {user.name: user.state for user in wish.users}
        for name, state in states.items():
            assert state != "present" or (name in server.users and not server.users[name]["banned"])
            assert state != "absent" or name not in server.users
            assert state != "disabled" or name not in server.users or server.users[name]["banned"]
        if wish.exclusive:
            assert all(account["banned"] for name, account in server.users.items() if name not in states)


CAROL = {"name": "carol", "display_name": "Carol Carter", "invite": True}


@pytest.mark.parametrize("exclusive", [False, True])
def test_who_is_invited_comes_by_herself(ejabberd, exclusive):
    """No account, no password and no room before she has come; then all but the password."""
    rooms = [{**BOARD, "members": None}]
    words = made(ejabberd, parse([ALICE, CAROL], rooms, exclusive=exclusive))
    assert not any("carol" in line for line in words)
    ejabberd.register("carol", "chat.example.lan", "her-own-secret")
    assert made(ejabberd, parse([ALICE, CAROL], rooms, exclusive=exclusive)) == [
        "account carol display name: none -> Carol Carter",
        "room board carol: none -> member",
    ]
    assert ejabberd.users["carol"]["password"] == "her-own-secret"


def test_who_was_invited_can_be_shut_out_and_let_in_again(ejabberd):
    ejabberd.register("carol", "chat.example.lan", "her-own-secret")
    assert made(ejabberd, parse([{**CAROL, "state": "disabled"}], [])) == ["account carol: enabled -> disabled"]
    words = made(ejabberd, parse([{"name": "carol", "invite": True}], []))
    assert words == ["account carol: disabled -> enabled"]
    assert ejabberd.users["carol"]["password"] == "her-own-secret"
    assert made(ejabberd, parse([{**CAROL, "state": "absent"}], [])) == ["account carol: present -> absent"]
