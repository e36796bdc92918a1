# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of a backup: settings as an archive with owners and modes, uploads as links to files that never change."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.backup.error import BackupError

from .database import copy_sqlite


def pack(folders: Iterable[Path], target: Path) -> None:
    """Archive folders with owners and modes, under their full names; a database of SQLite in them as one snapshot."""
    aside = target.with_name(f".{target.name}.sqlite")
    with tarfile.open(target, "w") as archive:
        for folder in folders:
            if not folder.is_dir():
                continue
            archive.add(folder, arcname=os.fspath(folder).lstrip("/"), filter=_plain)
            for database in sorted(folder.rglob("*.sqlite")):
                if database.is_file() and not database.is_symlink():
                    _pack_sqlite(archive, database, aside)


def _pack_sqlite(archive: tarfile.TarFile, database: Path, aside: Path) -> None:
    """Whose last change was cut off waits for its own program to open it: it goes in as it lies, with its journal."""
    member = archive.gettarinfo(database, arcname=os.fspath(database).lstrip("/"))
    try:
        copy_sqlite(database, aside)
        with aside.open("rb") as stream:
            member.size = aside.stat().st_size
            archive.addfile(member, stream)
    except BackupError:
        for file in (database, database.with_name(f"{database.name}-journal")):
            if file.is_file():
                archive.add(file, arcname=os.fspath(file).lstrip("/"))
    finally:
        aside.unlink(missing_ok=True)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if member.name.endswith((".sqlite", ".sqlite-journal")):
        return None
    if member.islnk():  # a file of two names is packed twice, so that each folder can come back alone
        member.type, member.linkname = tarfile.REGTYPE, ""
        member.size = Path("/", member.name).stat().st_size
    return member if member.isfile() or member.isdir() or member.issym() else None


def unpack(source: Path, folders: Iterable[Path]) -> None:
    """Put the folders that the archive has back: beside the live ones first, then in their place."""
    for folder in folders:
        aside = folder.with_name(f".{folder.name}.restored")
        shutil.rmtree(aside, ignore_errors=True)
        with tarfile.open(source) as archive:
            # root made it and its sum was checked: owners and modes come back as they were (the filter is newer than Python 3.9)
            archive.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
            name = os.fspath(folder).lstrip("/")
            members = [member for member in archive.getmembers() if f"{member.name}/".startswith(f"{name}/")]
            if not members:
                continue
            for member in members:
                member.name = f"./{member.name[len(name) :]}"
            archive.extractall(aside, members, numeric_owner=False)
        gone = folder.with_name(f".{folder.name}.replaced")
        shutil.rmtree(gone, ignore_errors=True)
        if folder.exists():
            folder.replace(gone)
        aside.replace(folder)
        shutil.rmtree(gone, ignore_errors=True)


def link(source: Path, target: Path) -> tuple[int, int]:
    """Put files that the target lacks there: links, or copies on another file system. How many files and bytes it is in all."""
    count = size = 0
    for directory, _folders, files in os.walk(source):
        here = target / Path(directory).relative_to(source)
        if not here.exists():
            here.mkdir()
            shutil.copystat(directory, here)
            like = Path(directory).stat()
            os.chown(here, like.st_uid, like.st_gid)
        for name in files:
            file, place = Path(directory, name), here / name
            if file.is_symlink():
                continue
            count, size = count + 1, size + file.stat().st_size
            if not place.exists():
                _link(file, place)
    return count, size


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:
        like = file.stat()
        shutil.copy2(file, place)
        os.chown(place, like.st_uid, like.st_gid)


def measure(folder: Path) -> int:
    """Bytes of all files."""
    return sum(Path(directory, name).lstat().st_size for directory, _folders, files in os.walk(folder) for name in files)
