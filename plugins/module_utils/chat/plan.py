# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted against what is: the calls that are left to make, in order. Nothing to do, no calls."""

from __future__ import annotations

from collections.abc import Iterator

from .model import BAN_REASON, ROSTER, Call, Room, SeenRoom, SeenUser, Sight, User, Wish


def compute(wish: Wish, sight: Sight, host: str) -> tuple[Call, ...]:
    """The calls that turn C(sight) into C(wish) on the domain C(host); accounts first, since rooms name them."""
    return (*_users(wish, sight, host), *_roster(wish, sight, host), *_rooms(wish, sight, host))


def _users(wish: Wish, sight: Sight, host: str) -> Iterator[Call]:
    wanted = {user.name: user for user in wish.users}
    for name in sorted(wanted):
        yield from _USER_STATES[wanted[name].state](wanted[name], sight.users.get(name), host, wish.passwords)
    if wish.exclusive:
        for name in sorted(set(sight.users) - set(wanted)):
            yield from _disabled(User(name, state="disabled"), sight.users[name], host, wish.passwords)


def _present(user: User, seen: SeenUser | None, host: str, passwords: str) -> Iterator[Call]:
    who = {"user": user.name, "host": host}
    what = f"account {user.name}"
    if seen is None and user.invite:
        return
    if seen is None:
        yield Call("register", {**who, "password": user.password}, what, "absent", "present")
        seen = SeenUser(password_fits=True)
    if seen.banned:
        yield Call("unban_account", who, what, "disabled", "enabled")
    if not user.invite and passwords == "always" and (seen.password_fits is False or seen.banned):
        before = "not known" if seen.banned else "another one"
        yield Call("change_password", {**who, "newpass": user.password}, f"{what} password", before, "as in the inventory")
    if user.display_name and user.display_name != seen.display_name:
        name = {**who, "name": "FN", "content": user.display_name}
        yield Call("set_vcard", name, f"{what} display name", seen.display_name or "none", user.display_name)


def _disabled(user: User, seen: SeenUser | None, host: str, passwords: str) -> Iterator[Call]:
    if seen is not None and not seen.banned:
        who = {"user": user.name, "host": host, "reason": BAN_REASON}
        yield Call("ban_account", who, f"account {user.name}", "enabled", "disabled")


def _absent(user: User, seen: SeenUser | None, host: str, passwords: str) -> Iterator[Call]:
    if seen is not None:
        yield Call("unregister", {"user": user.name, "host": host}, f"account {user.name}", "present", "absent")


_USER_STATES = {"present": _present, "disabled": _disabled, "absent": _absent}


def _roster(wish: Wish, sight: Sight, host: str) -> Iterator[Call]:
    group = {"group": ROSTER, "host": host}
    what = "contact list of everybody"
    if wish.shared_roster is None:
        return
    if not wish.shared_roster:
        if sight.shared_roster is not None:
            yield Call("srg_delete", group, what, sight.shared_roster, "none")
        return
    if sight.shared_roster == wish.shared_roster:
        return
    label = {"label": wish.shared_roster, "description": "made by onprem.chat", "display": [ROSTER]}
    yield Call("srg_create", {**group, **label}, what, sight.shared_roster or "none", wish.shared_roster)
    everybody = {"user": "@all@", "host": host, "group": ROSTER, "grouphost": host}
    yield Call("srg_user_add", everybody, f"{what}, members", "unknown", "all accounts")


def _rooms(wish: Wish, sight: Sight, host: str) -> Iterator[Call]:
    service = f"rooms.{host}"
    for room in sorted(wish.rooms, key=lambda room: room.name):
        seen = sight.rooms.get(room.name)
        if room.state == "absent":
            if seen is not None:
                yield Call("destroy_room", {"room": room.name, "service": service}, f"room {room.name}", "present", "absent")
            continue
        yield from _room_options(room, seen, host, service)
        yield from _room_members(room, seen, wish, sight, host, service)


def _room_options(room: Room, seen: SeenRoom | None, host: str, service: str) -> Iterator[Call]:
    where = {"room": room.name, "service": service}
    if seen is None:
        options = [{"name": name, "value": value} for name, value in sorted(room.options.items())]
        yield Call("create_room_with_opts", {**where, "host": host, "options": options}, f"room {room.name}", "absent", "present")
        return
    for name, value in sorted(room.options.items()):
        before = seen.options.get(name, "")
        if before != value:
            option = {**where, "option": name, "value": value}
            yield Call("change_room_option", option, f"room {room.name} {name}", before or "none", value or "none")


def _room_members(room: Room, seen: SeenRoom | None, wish: Wish, sight: Sight, host: str, service: str) -> Iterator[Call]:
    """Members to let in; and to show out, when the room names its members itself. Who has not come yet is let in later."""
    have = seen.members if seen else frozenset()
    awaited = {user.name for user in wish.users if user.invite and user.name not in sight.users}
    want = frozenset(wish.members(room)) - awaited
    changes = [(name, "none", "member") for name in sorted(want - have)]
    if room.members is not None:
        changes += [(name, "member", "none") for name in sorted(have - want)]
    for name, before, after in changes:
        who = {"room": room.name, "service": service, "user": name, "host": host, "affiliation": after}
        yield Call("set_room_affiliation", who, f"room {room.name} {name}", before, after)
