# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The builder's cache: one build at a time, leftovers of killed ones, and room on the disk."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

# What a file system needs beside the files themselves, and what must stay free for the machine to go on.
MARGIN = 50_000_000


@contextmanager
def only_build(cache: Path) -> Iterator[None]:
    """Hold the cache; raises BundleError at once when another build does. The kernel lets go when a build is killed."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundleError(
                f"{cache}: another build is at work there; wait for it, or set another offline_bundle_cache"
            ) from error
        yield


@contextmanager
def fetching(folder: Path, take: Callable[[Path], None]) -> Iterator[Path]:
    """A place to fetch into; take is given every file in it, at the end, and first what a killed build left there.

    Only while the cache is held. take moves what is good; the rest goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in sorted(folder.glob(".fetch-*")):
        _empty(leftover, take)
    place = Path(tempfile.mkdtemp(dir=folder, prefix=".fetch-"))
    try:
        yield place
    finally:
        _empty(place, take)


def _empty(place: Path, take: Callable[[Path], None]) -> None:
    for path in sorted(place.rglob("*")):
        if path.is_file():
            take(path)
    shutil.rmtree(place, ignore_errors=True)


def require_room(folder: Path, size: int) -> None:
    """Raises BundleError when a folder's file system has not that many bytes free."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < size + MARGIN:
        wanted = (size + MARGIN + 999_999) // 1_000_000
        raise BundleError(
            f"{folder}: the disk has {free // 1_000_000} MB free and {wanted} MB are needed; make room, then run again"
        )
