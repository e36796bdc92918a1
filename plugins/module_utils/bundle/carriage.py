# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes onto which stick: a whole bundle or what changed since a receipt, large files in pieces, several sticks, parity.

A stick holds bundle-SERIAL, which is a bundle as it is, or part-SERIAL, which roles/offline_bundle/files/rejoin.sh makes one of.
Every stick carries the manifest, its signatures and the files at the bundle's top, so that each says by itself what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import BundleError
from .manifest import NAME, SIGNATURES, Manifest

NOTE = "CARRIER"
PARITY = "parity"
# The largest file of FAT32.
LARGEST = (1 << 32) - 1
# What a FAT file system of 32 GB gives a file of one byte; smaller file systems waste less.
_CLUSTER = 32768
_FOLDERS = 1 << 20
_PIECES = 999
# More blocks mean that more places can be damaged, and more time: 40 s for 400 MB on two slow cores.
_BLOCKS = 2000


@dataclass(frozen=True)
class Load:
    """A file on a stick: its path there, and where in which file of the bundle its bytes are (offset and size)."""

    path: str
    source: str
    offset: int
    size: int

    @property
    def whole(self) -> bool:
        """Whether this is a file of the bundle and no piece of one."""
        return self.path == self.source


@dataclass(frozen=True)
class Limits:
    """Bytes of the largest file that a stick takes, bytes of one stick (None: no limit), and percent of parity (0: none)."""

    piece: int = LARGEST
    capacity: int | None = None
    parity: int = 0

    def __post_init__(self) -> None:
        """Raises BundleError with all that is wrong."""
        problems = []
        if not 1 <= self.piece <= LARGEST:
            problems.append(f"piece: {self.piece} is no size of a file on a stick (1-{LARGEST} bytes)")
        if self.capacity is not None and self.capacity < 1:
            problems.append(f"capacity: {self.capacity} is no size of a stick")
        if not 0 <= self.parity <= 100:
            problems.append(f"parity: {self.parity} is no percentage (0-100)")
        if problems:
            raise BundleError(problems)

    def room(self, size: int) -> int:
        """What a file of that size takes on a stick, with its share of the parity; rather too much than too little."""
        parity = size * (self.parity + 1) // 100 + 4096 if self.parity else 0
        return -(-size // _CLUSTER) * _CLUSTER + parity


@dataclass(frozen=True)
class Base:
    """The bundle that a delta builds on: the sha256 of its manifest, and its serial when that is known."""

    digest: str
    serial: int | None = None


@dataclass(frozen=True)
class Carriage:
    """The sticks of one bundle, each a list of loads."""

    serial: int
    sticks: tuple[tuple[Load, ...], ...]
    base: Base | None = None

    @property
    def folder(self) -> str:
        """The name of the folder on every stick."""
        whole = self.base is None and len(self.sticks) == 1 and all(load.whole for load in self.sticks[0])
        return f"{'bundle' if whole else 'part'}-{self.serial}"

    def note(self, number: int) -> str | None:
        """The text that tells rejoin.sh what belongs together, for the stick of that number (from 1); a whole bundle has none."""
        if self.folder.startswith("bundle"):
            return None
        lines = ["onprem-chat carrier 1", f"serial {self.serial}", f"stick {number} of {len(self.sticks)}"]
        if self.base:
            lines.append(f"base {self.base.digest} {self.base.serial or 'unknown'}")
        return "\n".join(lines) + "\n"


def load_sticks(
    serial: int, manifest: Manifest, sizes: Mapping[str, int], limits: Limits, delta: tuple[Manifest, Base] | None = None
) -> Carriage:
    """Share a bundle out; sizes has every file's bytes, delta what the gap has already.

    Raises BundleError when a stick is too small to carry anything. The same arguments give the same sticks, so they can be
    written one after the other.
    """
    known = set(delta[0].sums.values()) if delta else set()
    top = sorted(path for path in manifest.sums if "/" not in path)
    rest = [path for path in manifest.sums if "/" in path and manifest.sums[path] not in known]
    everywhere = [Load(path, path, 0, sizes[path]) for path in top]
    small = [load.size for load in everywhere] + [sizes[name] for name in (NAME, *SIGNATURES) if name in sizes]
    fixed = _FOLDERS + 2 * sum(limits.room(size) for size in small)
    piece = limits.piece
    if limits.capacity is not None:
        usable = (limits.capacity - fixed) * 100 // (101 + limits.parity) - _CLUSTER - 4096
        if usable < _CLUSTER:
            raise BundleError(
                f"capacity: a stick of {limits.capacity} bytes holds no more than what every stick carries; use larger ones"
            )
        piece = min(piece, usable)
    loads = [load for path in sorted(rest) for load in cut(path, sizes[path], piece)]
    shares = [loads] if limits.capacity is None else _pack(loads, limits, limits.capacity - fixed)
    return Carriage(serial, tuple(tuple(everywhere + share) for share in shares), delta[1] if delta else None)


def cut(path: str, size: int, piece: int) -> list[Load]:
    """A file as it is when it is no larger than a piece, or its pieces, PATH.piece-001-of-003 and so on."""
    count = max(-(-size // piece), 1)
    if count == 1:
        return [Load(path, path, 0, size)]
    if count > _PIECES:
        raise BundleError(f"{path}: would be cut into {count} pieces and {_PIECES} is the most; use larger pieces")
    starts = range(0, size, piece)
    return [
        Load(f"{path}.piece-{number:03d}-of-{count:03d}", path, start, min(piece, size - start))
        for number, start in enumerate(starts, 1)
    ]


def _pack(loads: Iterable[Load], limits: Limits, usable: int) -> list[list[Load]]:
    """Largest first, each onto the first stick that it fits on."""
    shares: list[list[Load]] = [[]]
    left = [usable]
    for load in sorted(loads, key=lambda item: (-item.size, item.path)):
        room = limits.room(load.size)
        place = [index for index, free in enumerate(left) if free >= room]
        if not place:
            shares.append([])
            left.append(usable)
        index = place[0] if place else len(left) - 1
        shares[index].append(load)
        left[index] -= room
    return [sorted(share, key=lambda item: item.path) for share in shares]


def parity_blocks(sizes: Iterable[int], percent: int) -> tuple[int, int]:
    """Bytes of a par2 block and number of blocks that can be mended, for files of these sizes: one more than asked for."""
    total = sum(sizes)
    block = (total // _BLOCKS // 4096 + 1) * 4096
    return block, 1 - (-total * percent // 100 // block)
