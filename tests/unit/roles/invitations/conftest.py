# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs are found where the role keeps them; ejabberd is a set of names."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

FILES = Path(__file__).parents[4] / "roles" / "invitations" / "files"
sys.path.insert(0, str(FILES))

from onprem_invitations.desk import Desk, Unsure  # noqa: E402
from onprem_invitations.store import Invitation, Store  # noqa: E402

NOW = 1_800_000_000
TOKEN = "A" * 43


class Ejabberd:
    """A registrar with accounts and their passwords; it may lose its answer, or the whole request."""

    def __init__(self):
        self.accounts, self.trouble = {}, ""

    def register(self, name, password, display_name):
        if self.trouble == "before":
            raise Unsure
        if self.trouble == "refused":
            return "refused"
        outcome = "exists" if name in self.accounts else "made"
        self.accounts.setdefault(name, password)
        if self.trouble == "after":
            raise Unsure
        return outcome

    def existing(self, names):
        if self.trouble == "down":
            raise Unsure
        return frozenset(self.accounts) & frozenset(names)


@pytest.fixture
def ejabberd():
    return Ejabberd()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "invitations.sqlite")


@pytest.fixture
def clock():
    """A clock that the test sets: clock.now."""

    class Clock:
        now = NOW

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def desk(store, ejabberd, clock):
    return Desk(store, ejabberd, "chat.example.lan", clock)


@pytest.fixture
def invited(store):
    """Somebody with an invitation for a day: invited("carol", TOKEN)."""

    def invite(name="carol", token=TOKEN, days=1):
        digest = hashlib.sha256(token.encode()).hexdigest()
        store.add([Invitation(digest, name, name.title(), NOW, NOW + days * 86400, "open", NOW)], NOW)

    return invite
