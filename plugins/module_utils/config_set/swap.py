# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes a staged set live by renames, and back; every step may be the last before a kill."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .node import Op
from .outcome import Label
from .place import beside, build, remove, set_directory_meta, sync_directory


@dataclass(frozen=True)
class Record:
    """What the journal has to know of an operation to undo it without anything else."""

    path: str
    verb: str
    old: str
    new: str
    uid: int | None = None
    gid: int | None = None
    mode: int | None = None

    @classmethod
    def of(cls, op: Op) -> Record:
        return cls(op.path, op.verb, op.old.kind, op.new.kind, *op.old.meta)


class Swap:
    """The operations of set I(name), in their order: L(stage), L(commit), then L(clean) or L(put_back) and L(sweep)."""

    def __init__(self, name: str, records: Sequence[Record]) -> None:
        self.name = name
        self.records = records

    def _new(self, record: Record) -> str:
        return beside(record.path, self.name, "new")

    def _old(self, record: Record) -> str:
        return beside(record.path, self.name, "old")

    def stage(self, ops: Iterable[Op], label: Label | None = None) -> None:
        """Writes everything new beside the live nodes; nothing live changes, only missing directories appear."""
        for op in ops:
            record = Record.of(op)
            if record.verb == "prune":
                continue
            if record.verb == "mkdir":
                os.mkdir(op.path, 0o700)
                if label:
                    label(op.path, op.path)
                set_directory_meta(op.path, *op.new.meta)
                continue
            self._forget(record)
            if record.verb == "put":
                build(op.new, self._new(record), op.path, label)

    def commit(self, ops: Iterable[Op]) -> None:
        """Renames everything into place, keeping what was there."""
        for op in ops:
            record = Record.of(op)
            if record.verb == "meta":
                set_directory_meta(op.path, *op.new.meta)
            elif record.verb == "remove":
                self._set_aside(record)
            elif record.verb == "put":
                if record.old != "none":
                    self._keep(record)
                os.rename(self._new(record), record.path)
        self._sync()

    def _keep(self, record: Record) -> None:
        if "dir" in (record.old, record.new):
            self._set_aside(record)
            return
        try:
            os.link(record.path, self._old(record), follow_symlinks=False)
        except OSError:  # a file system without hard links
            copy = self._old(record) + ".part"
            remove(copy)
            _copy(record.path, copy)
            os.rename(copy, self._old(record))

    def _set_aside(self, record: Record) -> None:
        try:
            os.rename(record.path, self._old(record))
        except OSError as error:
            if record.old != "dir" or error.errno != errno.EXDEV:
                raise
            # An overlay does not rename a directory of its lower layer: copy, and let the copy appear when it is whole.
            copy = self._old(record) + ".part"
            remove(copy)
            _copy(record.path, copy)
            os.rename(copy, self._old(record))
            remove(record.path)

    def put_back(self) -> None:
        """Takes the old set live again, exactly; can itself be killed and repeated, for what was staged stays until L(sweep)."""
        for record in reversed(self.records):
            if record.verb == "meta":
                set_directory_meta(record.path, record.uid, record.gid, record.mode)
            elif record.verb in ("put", "remove"):
                self._put_back(record)
        self._sync()

    def _put_back(self, record: Record) -> None:
        old = self._old(record)
        if os.path.lexists(old):
            if "dir" in (record.old, record.new):
                remove(record.path)
            os.rename(old, record.path)  # which does nothing where both names are still the same file
        elif record.old == "none" and not os.path.lexists(self._new(record)):
            remove(record.path)  # it is ours: the staged node has become it

    def sweep(self) -> None:
        """Removes what was staged or kept, and the directories that were made for it."""
        for record in self.records:
            self._forget(record)
        for record in reversed(self.records):
            if record.verb == "mkdir":
                _prune(record.path)

    def clean(self) -> None:
        """After the set has proved itself: the old nodes go, and directories of ours that have become empty."""
        for record in self.records:
            self._forget(record)
        for record in self.records:
            if record.verb == "prune":
                _prune(record.path)

    def _forget(self, record: Record) -> None:
        for leftover in (self._new(record), self._old(record), self._old(record) + ".part"):
            remove(leftover)

    def _sync(self) -> None:
        for folder in sorted({os.path.dirname(record.path) for record in self.records}):
            sync_directory(folder)


def _prune(path: str) -> None:
    with contextlib.suppress(OSError):  # gone already, or somebody keeps something in it
        os.rmdir(path)


def _copy(source: str, target: str) -> None:
    done = subprocess.run(["cp", "-a", "--", source, target], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"{source} cannot be copied: {done.stderr.decode('utf-8', 'replace').strip()}")
