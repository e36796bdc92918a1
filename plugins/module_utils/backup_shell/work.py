# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a backup of a host and bringing it back, from the parts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from ansible_collections.onprem.chat.plugins.module_utils.backup.backup import NAME, Backup, choose, names, parse, render, surplus
from ansible_collections.onprem.chat.plugins.module_utils.backup.error import BackupError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256, sync_tree, write
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_apt import space_problem

from .database import PostgreSQL, SQLite
from .tree import link, measure, pack, unpack

SETTINGS = "settings.tar"
UPLOADS = "uploads"
MARGIN = 20_000_000
Database = Union[PostgreSQL, SQLite]
Run = Callable[..., "tuple[int, str, str]"]


@dataclass(frozen=True)
class Store:
    """Where this host keeps what must not be lost; folders of settings that are not there are passed over."""

    kind: str
    sqlite: Path
    uploads: Path
    settings: tuple[Path, ...]

    @property
    def database(self) -> Database | None:
        """The chat's database, if this host has one."""
        if self.kind == "postgresql":
            return PostgreSQL()
        return SQLite(self.sqlite) if self.kind == "sqlite" else None


def needs(store: Store) -> int:
    """Bytes that a backup takes at most; uploads are linked and take none on the same file system."""
    size = sum(measure(folder) for folder in store.settings)
    return size + (store.database.size() if store.database else 0)


def require_room(path: Path, store: Store) -> None:
    """Raises BackupError where a backup would fill the disk."""
    problem = space_problem({os.fspath(path): needs(store) + MARGIN})
    if problem:
        raise BackupError(problem)


def make(path: Path, name: str, store: Store) -> Backup:
    """Save everything under a name, which appears when all of it is on the disk. The folder is root's alone."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    for leftover in path.glob(".new-*"):
        shutil.rmtree(leftover)
    if (path / name).exists():
        raise BackupError(f"{path / name}: is there already; wait a second")
    require_room(path, store)
    new = path / f".new-{name}"
    new.mkdir(mode=0o700)
    count = (0, 0)
    # The database first: a file that a saved message names was there before the message, and uploads never change.
    if store.database:
        store.database.save(new / store.database.file)
        if store.uploads.is_dir():
            count = link(store.uploads, new / UPLOADS)
    pack(store.settings, new / SETTINGS)
    files = sorted(file for file in new.iterdir() if file.is_file())
    for file in files:
        file.chmod(0o600)
    backup = Backup(name, store.kind, {file.name: sha256(file) for file in files}, count)
    write(new / NAME, render(backup), 0o600)
    sync_tree(new)
    new.rename(path / name)
    return backup


def prune(path: Path, keep: int) -> list[str]:
    """Take the oldest backups away; their names."""
    gone = surplus((entry.name for entry in path.iterdir()), keep)
    for name in gone:
        aside = path / f".new-gone-{name}"
        (path / name).rename(aside)
        shutil.rmtree(aside)
    return gone


def there(path: Path) -> list[str]:
    """Names of the backups of this host, oldest first."""
    return names(entry.name for entry in path.iterdir()) if path.is_dir() else []


def read(path: Path, wanted: str, store: Store) -> Backup:
    """The backup of that name or the newest, after every sum was taken; raises BackupError."""
    name = choose(there(path), wanted)
    folder = path / name
    backup = parse((folder / NAME).read_text(encoding="utf-8"))
    for file, digest in backup.sums.items():
        if not (folder / file).is_file() or sha256(folder / file) != digest:
            raise BackupError(f"{folder / file}: is not what was saved; take another backup ({', '.join(there(path))})")
    if store.kind != backup.store:
        raise BackupError(f"{folder}: is of a chat that is kept in {backup.store}, this one is kept in {store.kind}")
    return backup


def restore(run: Run, folder: Path, store: Store, parts: Iterable[str]) -> int:
    """Bring parts of a backup back; until all of it has been read, the chat runs on as it is. How many files people had sent."""
    wanted, files = set(parts), 0
    if "settings" in wanted:
        unpack(folder / SETTINGS, store.settings)
    database = store.database if "chat" in wanted else None
    if database:
        if (folder / UPLOADS).is_dir():
            files, _size = link(folder / UPLOADS, store.uploads)
        database.load(folder / database.file)
        _systemctl(run, "stop")
        try:
            database.switch()
        finally:
            _systemctl(run, "start")
    return files


def _systemctl(run: Run, verb: str) -> None:
    code, _out, err = run(["systemctl", verb, "ejabberd.service"])
    if code:
        raise BackupError(f"systemctl {verb} ejabberd: {' '.join(err.split())}")
