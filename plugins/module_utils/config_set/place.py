# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts nodes on disk beside the live ones: exclusive creation, owner and mode by descriptor, never through a link."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from typing import Callable

from .node import Node
from .outcome import Label


def beside(path: str, name: str, role: str) -> str:
    """The hidden name in the same directory under which set I(name) keeps the V(new) or V(old) node of I(path).

    It starts with a dot and ends in an extension that no daemon's include pattern takes (cron, sudo, logrotate, apt and
    systemd skip it).
    """
    folder, base = os.path.split(path)
    tail = f".onprem-{name}.{role}"
    if len(os.fsencode(base)) + len(tail) + 1 > 255:
        base = base[:40] + hashlib.sha256(base.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return os.path.join(folder, f".{base}{tail}")


def build(node: Node, staged: str, final: str, label: Label | None) -> None:
    """Makes I(node) at I(staged), complete and on disk."""
    if node.kind == "file":
        write_file(staged, node.content or b"", node.uid, node.gid, node.mode, (lambda: label(staged, final)) if label else None)
    elif node.kind == "link":
        os.symlink(node.target, staged)
    elif node.tree is not None:
        from .tree import unpack  # tarfile is slow to load and most sets have no tree

        os.mkdir(staged, 0o700)
        unpack(node.tree, staged, node.uid, node.gid)
        if label:
            for folder, _folders, files in os.walk(staged):
                for path in (folder, *(os.path.join(folder, file) for file in files)):
                    label(path, final + path[len(staged) :])


def write_file(
    path: str, content: bytes, uid: int | None, gid: int | None, mode: int | None, label: Callable[[], None] | None = None
) -> None:
    """A new file; it is readable for its owner alone until everything about it is right."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        if label:
            label()
        set_meta(handle, uid, gid, mode)
        os.fsync(handle)


def set_meta(handle: int, uid: int | None, gid: int | None, mode: int | None) -> None:
    """Owner first: the kernel drops set-id bits when the owner changes."""
    if uid is not None or gid is not None:
        os.fchown(handle, -1 if uid is None else uid, -1 if gid is None else gid)
    if mode is not None:
        os.fchmod(handle, mode)


def set_directory_meta(path: str, uid: int | None, gid: int | None, mode: int | None) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        set_meta(handle, uid, gid, mode)
    finally:
        os.close(handle)


def remove(path: str) -> None:
    """Takes away whatever stands at I(path), if anything."""
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass


def sync_directory(path: str) -> None:
    """Makes the renames in a directory last through a power cut."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems cannot; the renames are then as safe as they get there
    finally:
        os.close(handle)


def replace_file(path: str, content: bytes, mode: int = 0o600) -> None:
    """Old or new content at I(path), whatever happens; for the files of the state directory."""
    staged = path + ".tmp"
    remove(staged)
    write_file(staged, content, None, None, mode)
    os.rename(staged, path)
    sync_directory(os.path.dirname(path))


def save(node: Node, path: str, saved: str) -> None:
    """Copies the original at I(path) away, for root's eyes only."""
    remove(saved)
    if node.kind == "dir":
        from .tree import pack

        pack(path, saved)
    else:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as source:
            write_file(saved, source.read(), None, None, 0o600)
