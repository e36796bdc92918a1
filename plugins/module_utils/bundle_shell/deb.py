# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The papers in a Debian package, its copyright file and changelog, read without unpacking it (deb(5), tar(5) in GNU's way)."""

from __future__ import annotations

import lzma
import posixpath
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

DOC = "usr/share/doc"
_BLOCK = 512
_PIECE = 1 << 18
_SYMLINK, _HARD_LINK = b"2", b"1"


@dataclass
class Papers:
    """Contents by file name; for a link the path that it points to, where the name "" is the whole folder."""

    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


class _Member(NamedTuple):
    path: str
    kind: bytes
    link: str


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class _Plain:
    def decompress(self, data: bytes, /) -> bytes:
        return data


_FORMATS: dict[str, Callable[[], _Decompressor]] = {
    "data.tar.xz": lzma.LZMADecompressor,
    "data.tar.gz": lambda: zlib.decompressobj(31),
    "data.tar": _Plain,
}


class _Tar:
    """Members of a tar stream, forward only; several times as fast as tarfile, as nothing is kept of what nobody asks for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece, self._at, self._position = b"", 0, 0

    def _advance(self, size: int, keep: bool) -> bytes:
        parts = []
        while size:
            if self._at == len(self._piece):
                self._piece, self._at = next(self._pieces, b""), 0
                if not self._piece:
                    raise EOFError("it ends too early")
            step = min(size, len(self._piece) - self._at)
            if keep:
                parts.append(self._piece[self._at : self._at + step])
            self._at, self._position, size = self._at + step, self._position + step, size - step
        return b"".join(parts)

    def members(self) -> Iterator[tuple[_Member, Callable[[], bytes]]]:
        """Each member, and a function that gives its content as long as it is the current one."""
        long: dict[bytes, bytes] = {}
        while (block := self._advance(_BLOCK, True)).strip(b"\0"):
            kind, size = block[156:157], int(block[124:136].rstrip(b"\0 ") or b"0", 8)
            end = self._position + size + -size % _BLOCK
            if kind in (b"L", b"K"):
                long[kind] = self._advance(size, True)
            else:
                names = (long.get(b"L", block[:100]), long.get(b"K", block[157:257]))
                path, link = (name.partition(b"\0")[0].decode(errors="replace") for name in names)
                yield _Member(posixpath.normpath(path), kind, link), partial(self._advance, size, True)
                long = {}
            self._advance(end - self._position, False)


def _data(stream: BinaryIO) -> Iterator[bytes]:
    """The decompressed data member of a deb, in pieces."""
    if stream.read(8) != b"!<arch>\n":
        raise ValueError("it is no ar archive")
    while header := stream.read(60):
        name, size = header[:16].decode("ascii").rstrip(" /"), int(header[48:58])
        if name.startswith("data.tar"):
            if name not in _FORMATS:
                raise ValueError(f"{name} is not known here")
            decompressor = _FORMATS[name]()
            while size > 0 and (piece := stream.read(min(size, _PIECE))):
                size -= len(piece)
                if data := decompressor.decompress(piece):
                    yield data
            return
        stream.seek(size + size % 2, 1)
    raise ValueError("it holds no data")


def read_papers(path: Path, package: str, wanted: Collection[str]) -> Papers:
    """The wanted files of a package's doc folder; stops as soon as all are there, as a deb is long.

    dpkg-deb writes symlinks behind all files, so what is missing is looked for to the end. Raises BundleError when it is no deb.
    """
    papers, folder = Papers(), f"{DOC}/{package}"
    try:
        with path.open("rb") as stream:
            for member, content in _Tar(_data(stream)).members():
                parent, name = posixpath.split(member.path)
                if member.path == folder and member.kind == _SYMLINK:
                    papers.links[""] = posixpath.normpath(posixpath.join(DOC, member.link))
                elif parent != folder or name not in wanted:
                    continue
                elif member.kind == _SYMLINK:
                    papers.links[name] = posixpath.normpath(posixpath.join(folder, member.link))
                elif member.kind == _HARD_LINK:
                    papers.links[name] = posixpath.normpath(member.link)
                else:
                    papers.files[name] = content()
                if len(papers.files) == len(wanted):
                    break
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise BundleError(f"{path}: cannot be read as a Debian package ({error}); delete it and build again") from error
    return papers
