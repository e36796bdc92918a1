# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the builder and of the hosts: sums, whole-or-nothing writes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path


def sha256(path: Path) -> str:
    """The sum of a file's content, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def write(path: Path, content: bytes | str, mode: int = 0o644) -> bool:
    """Write a file whole or not at all; tells whether its content or mode changed."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            _set_mode(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def place(source: Path, target: Path, mode: int = 0o644) -> None:
    """Copy a file; a link would let a change of the one reach into the other."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    with target.open("rb") as stream:
        _set_mode(stream.fileno(), mode)


def _set_mode(descriptor: int, mode: int) -> None:
    """A stick's file system may know no modes, which matters only where others must be kept out."""
    with suppress(PermissionError) if mode & 0o077 else nullcontext():
        os.fchmod(descriptor, mode)


def sync_tree(folder: Path) -> None:
    """Everything below a folder onto the disk, before a rename announces it."""
    for directory, _folders, names in os.walk(folder):
        for name in [*names, "."]:
            descriptor = os.open(Path(directory, name), os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
