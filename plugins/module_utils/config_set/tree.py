# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpacks an archive into a directory, and packs one; what an archive says never leads out of the directory."""

from __future__ import annotations

import ctypes
import os
import tarfile
from typing import IO

from .model import ConfigSetError
from .node import Tree


def unpack(tree: Tree, folder: str, uid: int | None, gid: int | None) -> None:
    """Fills the empty I(folder) from the archive of I(tree).

    Members are files, directories and links; owner and group are I(uid) and I(gid), modes become 0755 and 0644. With an empty
    owner (an original that is restored) all of it stays as the archive has it. Raises L(ConfigSetError) for a member that
    points outside.
    """
    keep = not tree.owner
    modes: list[tuple[str, int, int, int]] = []
    try:
        with tarfile.open(tree.archive) as archive:
            for member in archive:
                parts = _parts(tree, member)
                if parts is None:
                    continue
                path = os.path.join(folder, *parts)
                mode = member.mode if keep else 0o755 if member.isdir() or member.mode & 0o100 else 0o644
                owner = (member.uid, member.gid) if keep else (-1 if uid is None else uid, -1 if gid is None else gid)
                within = path if not parts or member.isdir() else os.path.dirname(path)
                # before anything is made: a chain of links may lead out, though each of them says that it stays
                if os.path.realpath(within) != os.path.normpath(within):
                    raise ConfigSetError(
                        [f"{tree.archive}: its member {member.name!r} lies behind a link; the archive is not used"]
                    )
                os.makedirs(within, exist_ok=True)
                if within != path:
                    _place(tree, archive, member, folder, path)
                modes.append((path, mode, *owner))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ConfigSetError([f"{tree.archive}: cannot be unpacked: {error}"]) from error
    _finish(folder, modes, uid, gid, keep)


def _parts(tree: Tree, member: tarfile.TarInfo) -> list[str] | None:
    parts = [part for part in member.name.split("/") if part not in ("", ".")]
    if ".." in parts or member.name.startswith("/"):
        raise ConfigSetError([f"{tree.archive}: its member {member.name!r} leads out of the directory; the archive is not used"])
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise ConfigSetError([f"{tree.archive}: its member {member.name!r} is a device or pipe; the archive is not used"])
    if tree.strip_components and len(parts) <= tree.strip_components:
        return None
    return parts[tree.strip_components :]


def _place(tree: Tree, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: str, path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
    if member.issym():
        if tree.owner and not _inside(folder, os.path.join(os.path.dirname(path), member.linkname)):
            raise ConfigSetError(
                [f"{tree.archive}: its link {member.name!r} leads out of the directory; the archive is not used"]
            )
        os.symlink(member.linkname, path)
        return
    source = archive.extractfile(member)
    if source is None:
        raise ConfigSetError([f"{tree.archive}: its member {member.name!r} has no content; the archive is not used"])
    _copy(source, path)


def _inside(folder: str, path: str) -> bool:
    return os.path.normpath(path).startswith(os.path.normpath(folder) + os.sep)


def _copy(source: IO[bytes], path: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        for block in iter(lambda: source.read(1 << 20), b""):
            file.write(block)


def _finish(folder: str, modes: list[tuple[str, int, int, int]], uid: int | None, gid: int | None, keep: bool) -> None:
    """Owners and modes, deepest first, so that a directory is closed after its content; then one flush for all."""
    given = {path: rest for path, *rest in modes}
    for current, folders, files in os.walk(folder, topdown=False):
        for path in (*(os.path.join(current, name) for name in (*files, *folders)), *((current,) if current == folder else ())):
            default = [0o755 if os.path.isdir(path) else 0o644, -1 if uid is None else uid, -1 if gid is None else gid]
            mode, owner, group = given.get(path, default)
            os.chown(path, owner, group, follow_symlinks=False)
            if not os.path.islink(path):
                os.chmod(path, mode)
    _flush(folder)


def _flush(folder: str) -> None:
    """One flush of the file system instead of one for each of a thousand files."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        ctypes.CDLL(None).syncfs(handle)
    finally:
        os.close(handle)


def pack(folder: str, archive: str) -> None:
    """Saves a directory with owners and modes."""
    handle = os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(folder, arcname=".")
        file.flush()
        os.fsync(handle)
