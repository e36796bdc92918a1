# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Raw lists of accounts and rooms to a checked L(Wish); every error at once, each under its place in the inventory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable, TypeVar

from .model import ChatError, Room, User, Wish

T = TypeVar("T", User, Room)
SHORTEST_PASSWORD = 8
_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,62}")
_USER_KEYS = frozenset(("name", "password", "display_name", "admin", "state", "invite"))
_ROOM_KEYS = frozenset(("name", "title", "description", "members_only", "members", "join", "state"))
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class _Row:
    """One mapping of a list; collects what is wrong with it."""

    def __init__(self, raw: Any, where: str, keys: frozenset[str], errors: list[str]) -> None:
        self.where, self.errors = where, errors
        self.raw: Mapping[str, Any] = {}
        if not isinstance(raw, Mapping):
            errors.append(f"{where}: is not a mapping; write it as {{name: ...}}")
            return
        self.raw = {str(key): value for key, value in raw.items() if value is not None}
        for key in sorted(set(self.raw) - keys):
            self.wrong(key, f"is not known; known are {', '.join(sorted(keys))}")

    def wrong(self, key: str, reason: str) -> None:
        self.errors.append(f"{self.where}.{key}: {reason}")

    def name(self) -> str:
        value = self.raw.get("name")
        if value is None:
            self.wrong("name", "is missing")
        elif not _NAME.fullmatch(str(value)):
            self.wrong(
                "name", f"{str(value)!r} is not a name; use a-z, 0-9 and . _ + - (a letter or digit first), at most 63 characters"
            )
        return str(value)

    def line(self, key: str, default: str = "") -> str:
        """One line of text for people to read."""
        value = self.raw.get(key, default)
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            self.wrong(key, "is not text")
            return default
        text = str(value).strip()
        if len(text) > 200 or not text.isprintable():
            self.wrong(key, "is longer than 200 characters or holds a line break or control character")
        return text

    def flag(self, key: str) -> bool:
        value = _WORDS.get(str(self.raw.get(key, False)).lower())
        if value is None:
            self.wrong(key, f"{self.raw[key]!r} is neither true nor false")
        return bool(value)

    def state(self, *choices: str) -> str:
        value = str(self.raw.get("state", "present"))
        if value not in choices:
            self.wrong("state", f"{value!r} is none of {', '.join(choices)}")
        return value

    def password(self, needed: bool) -> str:
        """The password; what is wrong with it is told without it."""
        value = self.raw.get("password")
        if value is None:
            if needed:
                self.wrong("password", "is missing; keep it in the vault")
            return ""
        text = value if isinstance(value, str) else ""
        if len(text) < SHORTEST_PASSWORD or not text.isprintable():
            self.wrong("password", f"is not text of at least {SHORTEST_PASSWORD} characters, none of them a control character")
        return text


def _rows(raw: Any, where: str, keys: frozenset[str], build: Callable[[_Row], T], errors: list[str]) -> tuple[T, ...]:
    """Build each row of a list; a name may stand in it once."""
    if not isinstance(raw, (list, tuple)):
        errors.append(f"{where}: is not a list")
        return ()
    found: dict[str, T] = {}
    for index, item in enumerate(raw):
        row = build(_Row(item, f"{where}[{index}]", keys, errors))
        if row.name in found:
            errors.append(f"{where}[{index}].name: {row.name!r} stands in the list twice")
        found.setdefault(row.name, row)
    return tuple(found.values())


def _user(row: _Row) -> User:
    state, invite = row.state("present", "disabled", "absent"), row.flag("invite")
    password = row.password(state == "present" and not invite)
    if invite and password:
        row.wrong("password", "has no use beside invite: true, where people choose their own; leave one of the two out")
    return User(row.name(), password, row.line("display_name"), row.flag("admin"), state, invite)


def _room(row: _Row) -> Room:
    name, members = row.name(), row.raw.get("members")
    if members is not None:
        if not isinstance(members, (list, tuple)):
            row.wrong("members", "is not a list of names of accounts")
            members = ()
        if not row.flag("members_only"):
            row.wrong("members", "is of use only with members_only: true")
    return Room(
        name=name,
        title=row.line("title") or name,
        description=row.line("description"),
        members_only=row.flag("members_only"),
        members=None if members is None else tuple(str(member) for member in members),
        join=row.flag("join"),
        state=row.state("present", "absent"),
    )


def _strangers(rooms: Iterable[Room], users: Iterable[User], where: str) -> list[str]:
    """Members that no row of the accounts names: most likely a slip of the pen."""
    known = {user.name for user in users if user.state != "absent"}
    return [
        f"{where}: room {room.name}: member {member!r} is not among the accounts"
        for room in rooms
        for member in room.members or ()
        if member not in known
    ]


def parse(
    users: Any,
    rooms: Any,
    shared_roster: str | None = None,
    passwords: str = "always",
    exclusive: bool = False,
    where: tuple[str, str] = ("users", "rooms"),
) -> Wish:
    """Lists of accounts (C({name, password, display_name, admin, state, invite})) and of rooms (C({name, title, description,
    members_only, members, join, state})) to a L(Wish).

    C(where) are the names under which the lists stand in the inventory. Raises L(ChatError) with every error; no error carries
    a password.
    """
    errors: list[str] = []
    people = _rows(users, where[0], _USER_KEYS, _user, errors)
    places = _rows(rooms, where[1], _ROOM_KEYS, _room, errors)
    errors += _strangers(places, people, where[1])
    if errors:
        raise ChatError(errors)
    return Wish(people, places, None if shared_roster is None else shared_roster.strip(), passwords, exclusive)
