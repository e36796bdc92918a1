# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

# The one part of this area that touches the disk.
import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .error import PkiError
from .index import ISSUING, ROOT, Index
from .key import PrivateKey, dump_key, load_key
from .report import exports

INDEX = "index.json"
PRIVATE = "private"
CERTS = "certs"
LOCKS = Path("/run")
FOLDERS = (".", PRIVATE, CERTS)
DRAFT = ".draft"
"""Ending of a file that is being written; one that is there was left by a killed run."""


def write_file(path: Path, content: bytes, mode: int, uid: int = -1, gid: int = -1) -> None:
    """Write a file so that after a crash at any instant the old one or the new one is there, never half of it."""
    draft = path.with_name(f".{path.name}{DRAFT}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        os.fchown(file.fileno(), uid, gid)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make what happened in a directory last."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class Change:
    """One file to be written (content), given its mode, or taken away (neither)."""

    path: str
    content: bytes | None = None
    mode: int | None = None


class Store:
    """The directory of a CA: C(index.json), C(private/), and files made from the index for others to read."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    @contextlib.contextmanager
    def locked(self, patience: float = 60) -> Iterator[None]:
        """Keep every other run on this host out, for as long as the context lasts."""
        mark = hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]
        room = LOCKS if os.access(LOCKS, os.W_OK) else Path(tempfile.gettempdir())
        handle = os.open(room / f"onprem-chat-ca-{mark}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            until = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise PkiError(f"{self.path}: another run works on this CA: wait for its end, then run again") from None
                    time.sleep(0.2)
            yield
        finally:
            os.close(handle)

    def read_index(self) -> Index:
        """What the CA has done so far; empty when there is no CA yet."""
        file = self.path / INDEX
        if file.exists():
            return Index.parse(file.read_text(encoding="utf-8"), str(file))
        if any(self._key_files()):
            raise PkiError(
                f"{file}: is missing, but there are private keys: restore it from a backup of the CA, or move {self.path}"
                " away to make a new CA, which every device would have to trust"
            )
        return Index()

    def read_keys(self, index: Index, passphrases: tuple[str, ...]) -> dict[str, tuple[PrivateKey, str | None]]:
        """The CA's private keys by key id, each with the passphrase that opened it."""
        keys, faults = {}, []
        for kind in (ROOT, ISSUING):
            entry = index.newest(kind)
            if entry is None:
                continue
            file = self.path / key_file(kind, entry.key)
            try:
                keys[entry.key] = load_key(file.read_bytes(), str(file), passphrases)
            except FileNotFoundError:
                faults.append(f"{file}: is missing: restore it from a backup of the CA")
            except PkiError as error:
                faults.extend(error.faults)
        if faults:
            raise PkiError(faults)
        return keys

    def changes(self, index: Index, keys: Mapping[str, bytes]) -> list[Change]:
        """What must be done on disk, in this order, to hold an index. C(keys): private keys to be written, by key id."""
        kinds = {entry.key: kind for kind in (ROOT, ISSUING) for entry in [index.newest(kind)] if entry}
        named = {key: key_file(kind, key) for key, kind in kinds.items()}
        changes = [Change(named[key], pem, 0o600) for key, pem in keys.items()]
        written = {change.path for change in changes}
        changes += self._modes([path for path in named.values() if path not in written], 0o600)
        changes += self._contents({INDEX: index.render().encode()}, 0o600)
        changes += self._contents(exports(index), 0o644)
        stale = {f"{PRIVATE}/{file.name}" for file in self._key_files()} - set(named.values())
        stale |= {str(file.relative_to(self.path)) for folder in FOLDERS for file in (self.path / folder).glob(f".*{DRAFT}")}
        changes += [Change(path) for path in sorted(stale)]
        return changes + self._modes([".", PRIVATE], 0o700)

    def apply(self, changes: Sequence[Change]) -> None:
        """Do them. The index comes after the keys it needs and before anything is taken away."""
        if not changes:
            return
        for folder in (self.path, self.path / PRIVATE, self.path / CERTS):
            folder.mkdir(mode=0o755 if folder.name == CERTS else 0o700, parents=True, exist_ok=True)
        if not (self.path / INDEX).exists():
            # keys with an index that does not know them are left-overs of a killed run; keys without any are a lost index
            write_file(self.path / INDEX, Index().render().encode(), 0o600)
        for change in changes:
            path = self.path / change.path
            if change.content is not None:
                write_file(path, change.content, change.mode or 0o600)
            elif change.mode is not None:
                path.chmod(change.mode)
            else:
                path.unlink(missing_ok=True)

    def _key_files(self) -> list[Path]:
        return sorted((self.path / PRIVATE).glob("*.key"))

    def _contents(self, files: Mapping[str, bytes], mode: int) -> list[Change]:
        changes = []
        for name, content in files.items():
            file = self.path / name
            if not file.is_file() or file.read_bytes() != content:
                changes.append(Change(name, content, mode))
            else:
                changes += self._modes([name], mode)
        return changes

    def _modes(self, names: Sequence[str], mode: int) -> list[Change]:
        files = [(name, self.path / name) for name in names]
        return [Change(name, mode=mode) for name, file in files if file.exists() and stat.S_IMODE(file.stat().st_mode) != mode]


def key_file(kind: str, key: str) -> str:
    """Where the private key of a CA is, by its key id: a new key never takes the place of one still in use."""
    return f"{PRIVATE}/{kind}-{key[:16]}.key"


def seal(keys: Mapping[str, PrivateKey], opened: Mapping[str, str | None], passphrase: str | None) -> dict[str, bytes]:
    """The private keys that must be written: the new ones, and those that another passphrase (or none) opened."""
    missing = object()
    return {i: dump_key(key, passphrase) for i, key in keys.items() if opened.get(i, missing) != passphrase}
