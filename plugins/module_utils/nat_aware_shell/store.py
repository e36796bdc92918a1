# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of one product on its host, and the file with its settings."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class StoreError(Exception):
    """What stands in the way, in words for the person at the control node."""


class Store:
    """The record of product I(name): which settings its installer has last ended well with, and the process that runs now."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.path = folder / f"{name}.json"
        self.log = folder / f"{name}.log"

    def read(self) -> dict[str, Any] | None:
        """Return the record, or None when there is none."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:  # written by somebody else: nobody knows what has run
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, record: dict[str, Any]) -> None:
        """Put the record in place of the old one, on the disk."""
        replace(self.path, json.dumps(record, sort_keys=True).encode("ascii") + b"\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only run that changes this product. Raises StoreError when another one does."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError("another run is at work on this product; wait for it, and run again") from error
            yield


def load(path: Path) -> bytes | None:
    """Return the content of a file, or None when there is none. Raises StoreError when it is something else."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StoreError(f"{path} is no file")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error


def seal(data: bytes | None) -> str:
    """Return what tells this content from any other."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def replace(path: Path, data: bytes) -> None:
    """Put content in place of a file in one step, on the disk before; owner, group and mode of the old one stay."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            _like(stream.fileno(), path)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _like(descriptor: int, path: Path) -> None:
    """Give an open file owner, group, mode and extended attributes (access lists and labels among them) of the old one."""
    try:
        old = path.stat()
    except FileNotFoundError:
        return
    os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    for name in os.listxattr(path):
        os.setxattr(descriptor, name, os.getxattr(path, name))
