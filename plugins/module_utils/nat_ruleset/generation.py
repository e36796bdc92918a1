# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of files that change as a whole: a new one is written beside, and a symbolic link moves to it in one step."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def read(link: Path) -> dict[str, str]:
    """The files that the link leads to, by path under it; nothing when there is none."""
    if not link.is_dir():
        return {}
    paths = sorted(path for path in link.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(link)): path.read_text(encoding="utf-8") for path in paths}


def publish(link: Path, files: Mapping[str, str], mode: int = 0o600) -> None:
    """Make the link lead to exactly these files; killed anywhere, it leads to the old ones or the new ones."""
    name = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()[:16]
    link.parent.mkdir(parents=True, exist_ok=True)
    folder, staged = link.with_name(f"{link.name}-{name}"), link.with_name(f"{link.name}-new")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=mode | (mode & 0o444) >> 2)
    for path, text in files.items():
        target = staged / path
        target.parent.mkdir(exist_ok=True)
        write(target, text, mode)
    if folder.exists():
        shutil.rmtree(folder.rename(link.with_name(f"{link.name}-old")))
    staged.rename(folder)
    point(link, folder.name)
    sweep(link, folder.name)


def write(path: Path, text: str, mode: int) -> None:
    """A new file that is on disk when this returns."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(handle, mode)
        os.fsync(handle)


def point(link: Path, name: str) -> None:
    """Move the link in one step, and make that last."""
    fresh = link.with_name(f".{link.name}.link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.rename(link)
    sync(link.parent)


def sync(folder: Path) -> None:
    """Make the renames in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(link: Path, keep: str = "") -> None:
    """Remove what the link does not lead to any more."""
    for folder in link.parent.glob(f"{link.name}-*"):
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)


def retract(link: Path) -> None:
    """Take the link and everything behind it away."""
    link.unlink(missing_ok=True)
    sweep(link)
    link.with_name(f".{link.name}.link").unlink(missing_ok=True)


def replace(path: Path, text: str, mode: int = 0o644) -> None:
    """Old or new content, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.new")
    staged.unlink(missing_ok=True)
    write(staged, text, mode)
    staged.rename(path)
    sync(path.parent)
