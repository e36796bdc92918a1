# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chat's database, saved while it is in use, and put back as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import IO

from ansible_collections.onprem.chat.plugins.module_utils.backup.error import BackupError


class PostgreSQL:
    """Database and role ejabberd of the host's own cluster, reached as the account postgres."""

    file = "chat.pgdump"
    new, old = "ejabberd_restored", "ejabberd_replaced"

    def size(self) -> int:
        """Bytes that the database takes, more than its copy will."""
        return int(self._sql("SELECT pg_database_size('ejabberd')"))

    def save(self, target: Path) -> None:
        """One snapshot of everything."""
        with target.open("wb") as stream:
            self._as_postgres(["pg_dump", "--format=custom", "ejabberd"], output=stream)

    def load(self, source: Path) -> None:
        """Fill a new database beside the live one; a copy that cannot be read is found out here."""
        self._sql(f"DROP DATABASE IF EXISTS {self.new} WITH (FORCE)")
        self._sql(f"CREATE DATABASE {self.new} OWNER ejabberd TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        with source.open("rb") as stream:
            self._as_postgres(["pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={self.new}"], given=stream)

    def switch(self) -> None:
        """The new database takes the place of the live one, in one transaction; the chat is stopped."""
        self._sql(f"DROP DATABASE IF EXISTS {self.old} WITH (FORCE)")
        self._sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('ejabberd', 'ejabberd_restored')",
            "BEGIN",
            f"ALTER DATABASE ejabberd RENAME TO {self.old}",
            f"ALTER DATABASE {self.new} RENAME TO ejabberd",
            "COMMIT",
        )
        self._sql(f"DROP DATABASE {self.old} WITH (FORCE)")

    def _sql(self, *statements: str) -> str:
        words = [word for statement in statements for word in ("--command", statement)]
        return self._as_postgres(["psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "--dbname=postgres", *words])

    def _as_postgres(self, words: list[str], given: IO[bytes] | None = None, output: IO[bytes] | None = None) -> str:
        command = ["runuser", "-u", "postgres", "--", *words]
        done = subprocess.run(
            command,
            stdin=given or subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise BackupError(f"{words[0]}: {said or f'ended with code {done.returncode}'}")
        return (done.stdout or b"").decode().strip()


class SQLite:
    """One file."""

    file = "chat.db"

    def __init__(self, live: Path) -> None:
        self.live = live
        self._new = live.with_name(f"{live.name}.restored")

    def size(self) -> int:
        """Bytes of the file."""
        return self.live.stat().st_size if self.live.exists() else 0

    def save(self, target: Path) -> None:
        """One snapshot of everything, also of what the write-ahead log holds."""
        copy_sqlite(self.live, target)

    def load(self, source: Path) -> None:
        """Put the copy beside the live file, with its owner and mode."""
        copy_sqlite(source, self._new, "&immutable=1")  # nobody else has it open, and no log shall appear beside it
        like = (self.live if self.live.exists() else self.live.parent).stat()
        os.chown(self._new, like.st_uid, like.st_gid)
        self._new.chmod(0o640)

    def switch(self) -> None:
        """The copy takes the place of the live file; the chat is stopped. The old log goes first: it is the old file's."""
        for end in ("-wal", "-shm"):
            self.live.with_name(f"{self.live.name}{end}").unlink(missing_ok=True)
        self._new.replace(self.live)


def copy_sqlite(source: Path, target: Path, how: str = "") -> None:
    """One snapshot of a database that may be in use; raises BackupError where it is none."""
    if not source.is_file():
        raise BackupError(f"{source}: is not there")
    target.unlink(missing_ok=True)
    try:
        reading = sqlite3.connect(f"{source.as_uri()}?mode=ro{how}", uri=True)
        with closing(reading) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source}: {error}") from error
    if verdict != "ok":
        raise BackupError(f"{source}: {verdict}")
    shutil.copymode(source, target)
