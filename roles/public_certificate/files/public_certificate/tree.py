# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory that nginx and ejabberd read: pairs in directories of their own, and C(served), a link to one of them.

Whatever is half done is under a name with a dot, and nobody reads it; a pair appears by one rename, and so does the link.
"""

from __future__ import annotations

import contextlib
import grp
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .pair import Pair
from .refusal import SETTINGS, Refusal

#: Where the local CA's, the operator's own, and ordered ones are.
KINDS = ("seeds", "files", "acme")
#: How many pairs of a kind stay, the one that is served among them.
KEPT = 2


class Tree:
    """Pairs by kind; C(seed) is a link to one of the seeds, so that its key and its chain change together, too."""

    def __init__(self, root: Path, group: str) -> None:
        self.root = root
        self.group = group

    def served(self, link: str = "served") -> str:
        """What C(served) leads to, such as V(acme/0123456789abcdef) or V(seed); empty when that is not whole."""
        try:
            target = str((self.root / link).readlink())
        except OSError:
            return ""
        return target if self._whole(target) else ""

    def _whole(self, target: str) -> bool:
        return all((self.root / target / name).is_file() for name in ("chain.pem", "key.pem"))

    def sweep(self) -> None:
        """Take away what a killed run left behind."""
        for folder in (self.root, *(self.root / kind for kind in KINDS)):
            for left in folder.glob(".new-*"):
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left)
                else:
                    left.unlink()

    def heal(self) -> bool:
        """Lead C(served) to the seed when it leads nowhere; whether that was needed and done."""
        if self.served() or not self._whole("seed"):
            return False
        self.point("seed")
        return True

    def point(self, target: str, link: str = "served") -> None:
        """Serve I(target) from now on, or have it as the seed.

        ejabberd reads a certificate again when its file is newer than what it has; so an old pair is made new.
        """
        for name in ("chain.pem", "key.pem"):
            with contextlib.suppress(FileNotFoundError):
                os.utime(self.root / target / name)
        fresh = self.root / f".new-{secrets.token_hex(8)}"
        fresh.symlink_to(target)
        fresh.replace(self.root / link)
        _sync(self.root)

    def read(self, target: str) -> tuple[bytes, bytes, dict[str, Any]]:
        """Chain, key and origin (empty when there is none) of a pair; raises OSError."""
        folder = self.root / target
        origin: Any = {}
        with contextlib.suppress(OSError, ValueError):
            origin = json.loads((folder / "origin.json").read_text(encoding="utf-8"))
        chain, key = (folder / "chain.pem").read_bytes(), (folder / "key.pem").read_bytes()
        return chain, key, origin if isinstance(origin, dict) else {}

    def digest(self, target: str) -> str:
        """What a pair is known by, whatever its directory is called."""
        return hashlib.sha256((self.root / target / "chain.pem").read_bytes()).hexdigest()[:16]

    def all(self, kind: str) -> Iterator[str]:
        """Every pair of a kind, the latest first."""
        folders = [path for path in (self.root / kind).glob("[0-9a-f]*") if self._whole(f"{kind}/{path.name}")]
        for path in sorted(folders, key=lambda path: (path.stat().st_mtime, path.name), reverse=True):
            yield f"{kind}/{path.name}"

    def holds(self, kind: str, pair: Pair) -> bool:
        """Whether this very pair is there already, readable for those it is for and for nobody else."""
        target = f"{kind}/{pair.digest}"
        if not self._whole(target):
            return False
        key = (self.root / target / "key.pem").stat()
        right = (key.st_uid, key.st_gid, key.st_mode & 0o777) == (0, self._gid(), 0o640)
        return right and self.read(target)[:2] == (pair.chain, pair.key)

    def install(self, kind: str, pair: Pair, origin: Mapping[str, Any] | None = None) -> str:
        """Put a pair there as a whole and return where."""
        target = f"{kind}/{pair.digest}"
        if self.holds(kind, pair):
            return target
        parent = self.root / kind
        parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = parent / f".new-{secrets.token_hex(8)}"
        fresh.mkdir(mode=0o700)
        _write(fresh / "chain.pem", pair.chain, 0o644)
        _write(fresh / "key.pem", pair.key, 0o640, self._gid())
        if origin is not None:
            _write(fresh / "origin.json", json.dumps(origin, sort_keys=True).encode() + b"\n", 0o644)
        fresh.chmod(0o755)
        _sync(fresh)
        if (self.root / target).exists():  # not what it was: out of the way with it
            (self.root / target).rename(parent / f".new-{secrets.token_hex(8)}")
        fresh.rename(self.root / target)
        _sync(parent)
        return target

    def prune(self, kind: str) -> None:
        """Take old pairs away; what is served stays, and the one before it."""
        used = {self.served(), self.served("seed")}
        others = [target for target in self.all(kind) if target not in used]
        for target in others[KEPT - 1 :]:
            shutil.rmtree(self.root / target)

    def _gid(self) -> int:
        try:
            return grp.getgrnam(self.group).gr_gid
        except KeyError:
            raise Refusal(
                SETTINGS, [f"the group {self.group} is not on this host; install the chat server's packages first"]
            ) from None


def _write(path: Path, content: bytes, mode: int, gid: int = 0) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        if os.geteuid() == 0:
            os.fchown(descriptor, 0, gid)
        os.fchmod(descriptor, mode)
        handle.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
