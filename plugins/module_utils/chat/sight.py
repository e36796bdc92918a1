# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask a chat server, in rounds, and what the answers mean. Only what a wish speaks of is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .erlang import refusal
from .model import ROSTER, Call, ChatError, Room, SeenRoom, SeenUser, Sight, User, Wish

Answer = tuple[bool, Any]


def _ask(command: str, **arguments: Any) -> Call:
    return Call(command, arguments, command, "", "")


def domains_question() -> tuple[Call, ...]:
    """Which domains the server serves; of another one it cannot be asked anything."""
    return (_ask("registered_vhosts"),)


def domains(answers: Sequence[Answer]) -> frozenset[str]:
    return frozenset(_value(answers[0], "domains"))


def first_questions(host: str) -> tuple[Call, ...]:
    """Which accounts, rooms and shared groups are there."""
    return (_ask("registered_users", host=host), _ask("muc_online_rooms", service=f"rooms.{host}"), _ask("srg_list", host=host))


def names(answers: Sequence[Answer]) -> tuple[frozenset[str], frozenset[str], bool]:
    """Accounts, rooms, and whether our shared group is there."""
    users, rooms, groups = (_value(answer, what) for answer, what in zip(answers, ("accounts", "rooms", "shared groups")))
    return frozenset(users), frozenset(room.split("@", 1)[0] for room in rooms), ROSTER in groups


def _value(answer: Answer, what: str) -> Any:
    fine, value = answer
    if not fine:
        raise ChatError([f"ejabberd: does not tell its {what}: {value}"])
    return value


def _watched_users(wish: Wish, known: frozenset[str]) -> list[User]:
    """The accounts that are there and that the wish has to do with."""
    named = {user.name: user for user in wish.users if user.state != "absent"}
    others = {name: User(name, state="disabled") for name in known} if wish.exclusive else {}
    return [row for name, row in sorted({**others, **named}.items()) if name in known]


def _watched_rooms(wish: Wish, known: frozenset[str]) -> list[Room]:
    return [room for room in wish.rooms if room.name in known and room.state == "present"]


def second_questions(
    wish: Wish, host: str, users: frozenset[str], rooms: frozenset[str], grouped: bool
) -> dict[tuple[str, str], Call]:
    """The details, under (what, name)."""
    found: dict[tuple[str, str], Call] = {}
    for user in _watched_users(wish, users):
        found["ban", user.name] = _ask("get_ban_details", user=user.name, host=host)
        if user.state == "present" and wish.passwords == "always" and not user.invite:
            found["password", user.name] = _ask("check_password", user=user.name, host=host, password=user.password)
        if user.state == "present" and user.display_name:
            found["display", user.name] = _ask("get_vcard", user=user.name, host=host, name="FN")
    for room in _watched_rooms(wish, rooms):
        found["options", room.name] = _ask("get_room_options", room=room.name, service=f"rooms.{host}")
        if room.members_only:
            found["members", room.name] = _ask("get_room_affiliations", room=room.name, service=f"rooms.{host}")
    if grouped:
        found["roster", ROSTER] = _ask("srg_get_info", group=ROSTER, host=host)
    return found


def see(
    wish: Wish, host: str, users: frozenset[str], rooms: frozenset[str], grouped: bool, details: Mapping[tuple[str, str], Answer]
) -> Sight:
    """Names and details to one sight. An account or room that is not watched counts as there, with nothing known of it."""
    people = {name: SeenUser() for name in users}
    for user in _watched_users(wish, users):
        banned = bool(_value(details["ban", user.name], f"bans ({user.name})"))
        fits = None if banned else details.get(("password", user.name))
        people[user.name] = SeenUser(
            banned=banned,
            password_fits=None if fits is None else refusal(_value(fits, f"opinion of a password ({user.name})")) is None,
            display_name=_text(details.get(("display", user.name))),
        )
    places = {name: SeenRoom({}) for name in rooms}
    for room in _watched_rooms(wish, rooms):
        options = _pairs(_value(details["options", room.name], f"options of room {room.name}"))
        members = details.get(("members", room.name))
        rows = [] if members is None else _value(members, f"members of room {room.name}")
        places[room.name] = SeenRoom(options, frozenset(row[0] for row in rows if row[2] == "member" and row[1] == host))
    title = _pairs(_value(details["roster", ROSTER], "shared group")).get("label", "") if grouped else None
    return Sight(people, places, title)


def _text(answer: Answer | None) -> str:
    """A field of a vCard; one that is not there is answered by an error."""
    return str(answer[1]) if answer and answer[0] and isinstance(answer[1], str) else ""


def _pairs(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Rows of name and value; an empty text comes as an empty list."""
    return {str(row[0]): row[1] if isinstance(row[1], str) else "" if row[1] == [] else str(row[1]).lower() for row in rows}
