# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle's folder on a stick: written file by file, read back from the stick itself, announced by its manifest at the end.

A stick that was pulled has no manifest, and the next run writes what it lacks. A stick may know no modes, no links and no
owner; nothing here needs them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.carriage import (
    NOTE,
    PARITY,
    Carriage,
    Limits,
    Load,
    parity_blocks,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME, SIGNATURES

from .files import sync_tree, write
from .verify import Run

_MADE = f"{PARITY}/made"
_CHUNK = 1 << 20


class Stick:
    """One of the sticks of a carriage (number, from 1), mounted at dest."""

    def __init__(self, bundle: Path, dest: Path, carriage: Carriage, number: int) -> None:
        self.bundle = bundle
        self.folder = dest / carriage.folder
        self.loads = carriage.sticks[number - 1]
        self.number = number
        self.marks = [name for name in (NAME, *SIGNATURES) if (bundle / name).is_file()]
        self.note = carriage.note(number)

    def lacks(self, quick: bool = False) -> list[Load]:
        """What is not on the stick as it should be; quick looks at sizes alone."""
        found = []
        for load in self.loads:
            path = self.folder / load.path
            fits = path.is_file() and not path.is_symlink() and path.stat().st_size == load.size
            if not fits or not (quick or _read_back(path) == _sum(self.bundle / load.source, load.offset, load.size)):
                found.append(load)
        return found

    def is_announced(self) -> bool:
        """Whether the stick says of itself that it is complete, and which one it is."""
        texts = {name: (self.bundle / name).read_bytes() for name in self.marks}
        if self.note:
            texts[NOTE] = self.note.encode()
        found = {name: self.folder / name for name in texts}
        return all(path.is_file() and path.read_bytes() == texts[name] for name, path in found.items())

    def strangers(self) -> list[Path]:
        """Files of another carriage in the folder."""
        known = {load.path for load in self.loads} | set(self.marks) | ({NOTE} if self.note else set())
        paths = (Path(directory, name) for directory, _folders, names in os.walk(self.folder) for name in names)
        found = {path: path.relative_to(self.folder).as_posix() for path in paths}
        return sorted(path for path, name in found.items() if name not in known and not name.startswith(f"{PARITY}/"))

    def has_parity(self, percent: int) -> bool:
        """Whether the parity is there, whole and of that percentage; without a percentage, whether there is none."""
        if not percent:
            return not (self.folder / PARITY).exists()
        try:
            return (self.folder / _MADE).read_text() == self._made(percent)
        except OSError:
            return False

    def _made(self, percent: int) -> str:
        paths = sorted((self.folder / PARITY).glob("*.par2"))
        return "".join([f"percent {percent}\n", *(f"{_read_back(path)}  {path.name}\n" for path in paths)])

    def check_room(self, lacking: Iterable[Load], limits: Limits) -> None:
        """Raises BundleError when the stick cannot take what it lacks."""
        free = shutil.disk_usage(self.folder.parent).free
        free += sum(path.stat().st_size for path in self.strangers() if not path.is_symlink())
        needed = sum(limits.room(load.size) for load in lacking) + (0 if self.is_announced() else sum(self._mark_sizes(limits)))
        if needed > free:
            raise BundleError(
                f"{self.folder.parent}: has {free // 1000000} MB left and {needed // 1000000 + 1} MB are needed; make room, or "
                "use a larger stick or several (capacity)"
            )

    def _mark_sizes(self, limits: Limits) -> list[int]:
        return [2 * limits.room((self.bundle / name).stat().st_size) for name in self.marks]

    def write(self, run: Run, lacking: Iterable[Load], limits: Limits) -> None:
        """Write what is lacking, then the parity, read everything back, and announce it; raises BundleError or OSError."""
        for name in (*self.marks, NOTE):
            (self.folder / name).unlink(missing_ok=True)
        for path in self.strangers():
            path.unlink()
        for load in lacking:
            self._copy(load)
        if self.note:
            write(self.folder / NOTE, self.note)
        if not self.has_parity(limits.parity):
            shutil.rmtree(self.folder / PARITY, ignore_errors=True)
            if limits.parity:
                self._add_parity(run, limits)
        sync_tree(self.folder)
        damaged = [load.path for load in self.lacks()]
        if damaged or not self.has_parity(limits.parity):
            raise BundleError(
                f"{self.folder}: {(damaged or [PARITY])[0]} reads back other than it was written; use another stick"
            )
        for name in self.marks:
            write(self.folder / name, (self.bundle / name).read_bytes())
        sync_tree(self.folder)

    def _copy(self, load: Load) -> None:
        target = self.folder / load.path
        if target.is_symlink() or target.is_dir():
            raise BundleError(f"{target}: is in the way; take it away")
        target.parent.mkdir(parents=True, exist_ok=True)
        left = load.size
        with (self.bundle / load.source).open("rb") as source, target.open("wb") as out:
            source.seek(load.offset)
            while left and (piece := source.read(min(_CHUNK, left))):
                out.write(piece)
                left -= len(piece)

    def _add_parity(self, run: Run, limits: Limits) -> None:
        """par2 over everything on this stick; the manifest, which is not there yet, is covered in a copy of its own."""
        if not shutil.which("par2"):
            raise BundleError("parity: needs par2; apt-get install par2, or carry without parity")
        for name in self.marks:
            write(self.folder / PARITY / name, (self.bundle / name).read_bytes())
        covered = [load.path for load in self.loads] + [f"{PARITY}/{name}" for name in self.marks] + ([NOTE] if self.note else [])
        sizes = [(self.folder / path).stat().st_size for path in covered]
        block, count = parity_blocks(sizes, limits.parity)
        volumes = 1 + block * count // (limits.piece // 2 + 1)
        settings = [f"-s{block}", f"-c{count}", f"-n{volumes}", "-u", "-B", str(self.folder)]
        code, out, err = run(
            ["par2", "create", "-q", "-q", *settings, f"{PARITY}/carrier.par2", *(f"./{path}" for path in covered)],
            cwd=str(self.folder),
        )
        if code:
            raise BundleError(f"par2: could not make the parity ({' '.join((err or out).split())[-300:] or code})")
        write(self.folder / _MADE, self._made(limits.parity))


def _read_back(path: Path) -> str:
    """The sum of a file as it is on the stick, and not as the kernel still remembers having written it."""
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return _sum(path, 0, path.stat().st_size)


def _sum(path: Path, offset: int, left: int) -> str:
    """The sum of a part of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        stream.seek(offset)
        while left and (piece := stream.read(min(_CHUNK, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
