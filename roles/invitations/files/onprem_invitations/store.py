# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server knows of invitations: names, times, and the SHA-256 of each token; never a token."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: 256 random bits in URL-safe base64; nothing else is ever looked up.
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
#: Whoever comes with a token of these is told what became of it; after a month more nobody knows it.
OVER = ("used", "revoked")
REMEMBERED = 30 * 86400

_SCHEMA = """
CREATE TABLE IF NOT EXISTS invitation (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  made INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'used', 'revoked')),
  changed INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS one_for_each ON invitation (name) WHERE state IN ('open', 'claimed');
"""
_FIELDS = "digest, name, display_name, made, expires, state, changed"


@dataclass(frozen=True)
class Invitation:
    """One row. Claimed: the account is being made, or its making was cut off. Times in seconds since 1970."""

    digest: str
    name: str
    display_name: str
    made: int
    expires: int
    state: str
    changed: int

    def at(self, now: int) -> str:
        """The state as people see it: open, claimed, used, revoked or expired."""
        # one that was over already when a new one took its place
        late = now if self.state == "open" else self.changed if self.state == "revoked" else 0
        return "expired" if late >= self.expires else self.state


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()


class Store:
    """The database. Each call opens it anew: it may have been brought back from a backup in between."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when it is over (synchronous=FULL is SQLite's default with a rollback journal)."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous=FULL")
            database.execute("BEGIN IMMEDIATE")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def rows(self) -> list[Invitation]:
        """All of them, the newest of each name last."""
        with self._open() as database:
            found = database.execute(
                f"SELECT {_FIELDS} FROM invitation ORDER BY name, made, state IN ('open', 'claimed'), digest"
            ).fetchall()
        return [Invitation(*row) for row in found]

    def find(self, digest: str) -> Invitation | None:
        with self._open() as database:
            row = database.execute(f"SELECT {_FIELDS} FROM invitation WHERE digest = ?", (digest,)).fetchone()
        return Invitation(*row) if row else None

    def add(self, invitations: Iterable[Invitation], now: int) -> None:
        """New ones; an earlier one of the same name is worth nothing from now on. All or none."""
        with self._open() as database:
            for one in invitations:
                _revoke(database, [one.name], now)
                database.execute(
                    f"INSERT INTO invitation ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (one.digest, one.name, one.display_name, one.made, one.expires, one.state, one.changed),
                )

    def revoke(self, names: Sequence[str], now: int) -> None:
        with self._open() as database:
            _revoke(database, names, now)

    def forget(self, now: int) -> None:
        """Take away what has been over for a month."""
        with self._open() as database:
            database.execute("DELETE FROM invitation WHERE state IN (?, ?) AND changed < ?", (*OVER, now - REMEMBERED))
            database.execute("DELETE FROM invitation WHERE state = 'open' AND expires < ?", (now - REMEMBERED,))

    def claim(self, digest: str, now: int) -> bool:
        """Take it for one try to make the account; whether it was free."""
        return self._turn(digest, ("open", "open"), "claimed", now, now)

    def settle(self, digest: str, made: bool, now: int) -> bool:
        """End a try: the account was made, or for certain it was not. Whether it had not been revoked meanwhile."""
        return self._turn(digest, ("claimed", "open" if made else "claimed"), "used" if made else "open", now)

    def _turn(self, digest: str, before: tuple[str, str], after: str, now: int, expires_after: int = 0) -> bool:
        with self._open() as database:
            turned = database.execute(
                "UPDATE invitation SET state = ?, changed = ? WHERE digest = ? AND state IN (?, ?) AND expires > ?",
                (after, now, digest, *before, expires_after),
            )
            return turned.rowcount == 1


def _revoke(database: sqlite3.Connection, names: Sequence[str], now: int) -> None:
    database.executemany(
        "UPDATE invitation SET state = 'revoked', changed = ? WHERE name = ? AND state IN ('open', 'claimed')",
        [(now, name) for name in names],
    )
