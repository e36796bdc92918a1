# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts and rooms of a chat server: as they are wanted, as they are, and the calls that lead from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROSTER = "everybody"  # the one shared roster group that is ours
BAN_REASON = "disabled in the inventory"
ROOM_FIXED = {"persistent": "true", "mam": "true", "anonymous": "false"}


class ChatError(Exception):
    """The one error root: every message is "where: what is wrong and what to do"."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class User:
    """One account; an absent one goes with its messages, a disabled one keeps them and cannot log in."""

    name: str
    password: str = field(default="", repr=False)
    display_name: str = ""
    admin: bool = False
    state: str = "present"
    invite: bool = False  # makes the account by an invitation, and keeps the password to itself


@dataclass(frozen=True)
class Room:
    """One room; C(members) None: everybody with an account, if it is for members only."""

    name: str
    title: str
    description: str = ""
    members_only: bool = False
    members: tuple[str, ...] | None = None
    join: bool = False  # the web client opens it for everybody
    state: str = "present"

    @property
    def options(self) -> dict[str, str]:
        """Its options as the server knows them; a room for members only is not listed for others."""
        closed = "true" if self.members_only else "false"
        return {
            "title": self.title,
            "description": self.description,
            "members_only": closed,
            "public": "false" if self.members_only else "true",
            **ROOM_FIXED,
        }


@dataclass(frozen=True)
class Wish:
    """What a site asks of its chat server."""

    users: tuple[User, ...] = ()
    rooms: tuple[Room, ...] = ()
    shared_roster: str | None = None  # title of the list in which everybody finds everybody; empty: no such list; None: as it is
    passwords: str = "always"
    exclusive: bool = False

    @property
    def admins(self) -> tuple[str, ...]:
        return tuple(user.name for user in self.users if user.admin and user.state == "present")

    def members(self, room: Room) -> tuple[str, ...]:
        """The names that belong to a room for members only."""
        if not room.members_only:
            return ()
        if room.members is not None:
            return room.members
        return tuple(user.name for user in self.users if user.state == "present")


@dataclass(frozen=True)
class SeenUser:
    """One account as it is. C(password_fits) None: not known; of a banned account ejabberd (24.12) cannot tell."""

    banned: bool = False
    password_fits: bool | None = None
    display_name: str = ""


@dataclass(frozen=True)
class SeenRoom:
    """One room as it is: the options that we know of, and the names that have the affiliation member."""

    options: Mapping[str, str]
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sight:
    """What the chat server holds; the empty sight is that of a server that is yet to be made."""

    users: Mapping[str, SeenUser] = field(default_factory=dict)
    rooms: Mapping[str, SeenRoom] = field(default_factory=dict)
    shared_roster: str | None = None  # its title


@dataclass(frozen=True)
class Call:
    """One call of the server's interface, and what it means to a reader; arguments may be secret, the words are not."""

    command: str
    arguments: Mapping[str, Any] = field(repr=False)
    what: str
    before: str
    after: str
