# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decisions: what a token is worth, and making its account once and never again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.onprem.chat.plugins.module_utils.chat.parse import SHORTEST_PASSWORD

from .store import TOKEN, Invitation, Store, digest_of

LONGEST_PASSWORD = 200
UNKNOWN = {"state": "unknown"}
Answer = dict[str, Any]


class Unsure(Exception):
    """Nobody knows whether the account was made: no answer, or one that cannot be read."""


class Registrar(Protocol):
    """Who makes accounts."""

    def register(self, name: str, password: str, display_name: str) -> str:
        """Return made, exists or refused; raises L(Unsure)."""

    def existing(self, names: Sequence[str]) -> frozenset[str]:
        """Return those that have an account; raises L(Unsure)."""


class Desk:
    """Where people come with a token. One at a time: whoever calls it lets no two in at once."""

    def __init__(self, store: Store, registrar: Registrar, domain: str, clock: Callable[[], float] = time.time) -> None:
        self._store, self._registrar, self._domain, self._clock = store, registrar, domain, clock

    def answer(self, what: str, given: Mapping[str, Any]) -> Answer:
        """The answer to a question: look (what is this token?) or accept (make my account). No other words are known."""
        token, password = given.get("token"), given.get("password")
        if what not in ("look", "accept") or not isinstance(token, str) or not TOKEN.fullmatch(token):
            return UNKNOWN
        try:
            invitation = self._current(digest_of(token))
            if invitation is None:
                return UNKNOWN
            if what == "look" or self._state(invitation) != "open":
                return self._told(invitation)
            return self._accept(invitation, password)
        except Unsure:
            return {"state": "later"}

    def recover(self) -> None:
        """End the tries that were cut off, as far as that can be known now."""
        for row in self._store.rows():
            if row.state == "claimed":
                self._settled(row)

    def _now(self) -> int:
        return int(self._clock())

    def _state(self, invitation: Invitation) -> str:
        return invitation.at(self._now())

    def _current(self, digest: str) -> Invitation | None:
        """The invitation; nobody else is at the desk, so a claimed one is a try that was cut off."""
        found = self._store.find(digest)
        return self._settled(found) if found and found.state == "claimed" else found

    def _settled(self, invitation: Invitation) -> Invitation:
        made = invitation.name in self._registrar.existing([invitation.name])
        self._store.settle(invitation.digest, made, self._now())
        return self._store.find(invitation.digest) or invitation

    def _told(self, invitation: Invitation) -> Answer:
        """Names and dates are told only to who can still use them."""
        state = self._state(invitation)
        if state != "open":
            return {"state": state}
        return {
            "state": state,
            "name": invitation.name,
            "address": f"{invitation.name}@{self._domain}",
            "display_name": invitation.display_name,
            "expires": invitation.expires,
            "shortest": SHORTEST_PASSWORD,
            "longest": LONGEST_PASSWORD,
        }

    def _accept(self, invitation: Invitation, password: object) -> Answer:
        if not isinstance(password, str) or not good(password, invitation.name):
            return {"state": "weak", "shortest": SHORTEST_PASSWORD}
        # On the disk before anything is made: whatever is killed from here on, no second account comes of it
        if not self._store.claim(invitation.digest, self._now()):
            return self._told(self._store.find(invitation.digest) or invitation)
        outcome = self._registrar.register(invitation.name, password, invitation.display_name)
        self._store.settle(invitation.digest, outcome != "refused", self._now())
        if outcome == "made":
            return {"state": "made", "address": f"{invitation.name}@{self._domain}"}
        return {"state": "used" if outcome == "exists" else "weak", "shortest": SHORTEST_PASSWORD}


def good(password: str, name: str) -> bool:
    """Whether a password may be one: long enough, of characters that can be typed, and not just the name."""
    fits = SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
    return fits and password.isprintable() and password == password.strip() and password.lower() != name
