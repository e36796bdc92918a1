# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to invite now: what is asked for against what the chat server knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

LIVE = ("open", "claimed")


class InvitationError(Exception):
    """The one error root: every message is "where: what is wrong and what to do"."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


def choose(known: Sequence[Mapping[str, Any]], people: Collection[str], asked: Sequence[str]) -> list[str]:
    """Names that get a new link, sorted: those in C(asked), or else everybody in C(people) with neither account nor invitation.

    C(known) are rows of C({name, state, account}) as the chat server has them. Raises L(InvitationError) for a name that cannot
    be invited.
    """
    rows = {row["name"]: row for row in known}
    errors = [
        f"{name}: is not among those who may be invited; add {{name: {name}, invite: true}} to site_users"
        for name in asked
        if name not in people
    ]
    errors += [
        f"{name}: has an account already, and an invitation makes a new one only; with a lost password, take the account away"
        " (state: absent) or give it a password in site_users"
        for name in asked
        if name in people and rows.get(name, {}).get("account")
    ]
    if errors:
        raise InvitationError(errors)
    if asked:
        return sorted(set(asked))
    free = [name for name in people if not rows.get(name, {}).get("account")]
    return sorted(name for name in free if rows.get(name, {}).get("state") not in LIVE)


def over(known: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names whose sheet is of no use any more: nothing that it leads to is open."""
    return [row["name"] for row in known if row["state"] not in LIVE]


def table(known: Sequence[Mapping[str, Any]], sheets: Sequence[str] = ()) -> list[str]:
    """How things are, a line for each person, and the sheets that were written; for people to read."""
    width = max((len(row["name"]) for row in known), default=0)
    lines = [f"{row['name']:<{width}}  {_words(row)}" for row in known]
    return [*lines, *(f"sheet: {path}" for path in sheets)] or ["nobody has invite: true in site_users"]


def _words(row: Mapping[str, Any]) -> str:
    when = datetime.fromtimestamp(row["expires"], timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    if row["account"]:
        return "has an account"
    return {
        "open": f"invited until {when}",
        "claimed": "is making the account at this moment, or the making was cut off; the next click goes on",
        "expired": f"invitation over since {when}",
        "revoked": "invitation taken back",
        "used": "invitation used, and the account is gone",
    }.get(row["state"], "not invited yet")
