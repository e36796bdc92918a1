# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of a run that changes the host: stage, swap, settle; or put back. Its journal is a step ahead of it all the way."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Callable, NoReturn

from . import journal as log
from .daemons import Daemons
from .journal import Journal, Pending
from .manifest import Manifest, decode, encode
from .model import ConfigSetError
from .node import NONE, Node, Op
from .outcome import Label
from .place import remove, save, sync_directory
from .plan import Plan
from .swap import Record, Swap


class Change:
    """The files of set I(name) below I(state_dir): its manifest, journal and folder of originals."""

    def __init__(self, name: str, state_dir: str) -> None:
        self.name = name
        self.state_dir = state_dir
        self.manifest_path = os.path.join(state_dir, f"{name}.json")
        self.journal_path = os.path.join(state_dir, f"{name}.journal")
        self.originals = os.path.join(state_dir, f"{name}.d")

    def recover(self, found: Journal) -> None:
        """Undoes what a killed run left half done, or cleans up after it; what it owes to the daemons stays in the journal."""
        swap = Swap(self.name, found.records)
        if found.phase == "done":
            swap.clean()
        else:
            self._put_back(swap, found)
        self._end(found.due)

    def make(self, plan: Plan, book: Journal, daemons: Daemons, label: Label | None, check: Callable[[], None]) -> None:
        """Takes the plan live; whatever fails, the old set comes back and L(ConfigSetError) says why.

        I(book) says what the daemons are owed; I(check) is called on the live set, before they are told.
        """
        os.makedirs(self.originals, mode=0o700, exist_ok=True)
        ops = [*plan.ops, *self._manifest_op(plan.manifest)]
        swap = Swap(self.name, [Record.of(op) for op in ops])
        book = self._store(replace(book, phase="stage", records=tuple(swap.records)))
        try:
            for item in plan.saves:
                save(item.node, item.path, os.path.join(self.originals, item.name))
            swap.stage(ops, label)
            daemons.retire()
            book = self._store(replace(book, phase="swap"))
            swap.commit(ops)
            check()
            book = self._store(replace(book, phase="settle"))
            daemons.settle(book.due)
        except Exception as error:  # whatever it is, the old set has to come back
            self._restore(swap, book, daemons, error)
        self._store(replace(book, phase="done"))
        swap.clean()
        self._forget_originals(plan.manifest)
        self._end(Pending())

    def _store(self, book: Journal) -> Journal:
        log.store(self.journal_path, book)
        return book

    def _end(self, owed: Pending) -> None:
        if owed:
            self._store(Journal("owed", owed=owed))
        else:
            log.drop(self.journal_path)

    def _manifest_op(self, manifest: Manifest) -> list[Op]:
        """The manifest goes with its files, as the last of them."""
        live = self._manifest_bytes()
        old = NONE if live is None else Node("file", content=live)
        if not manifest.entries:
            return [] if live is None else [Op(self.manifest_path, old, NONE)]
        content = encode(manifest)
        return [] if live == content else [Op(self.manifest_path, old, Node("file", mode=0o600, content=content))]

    def _manifest_bytes(self) -> bytes | None:
        try:
            with open(self.manifest_path, "rb") as handle:
                return handle.read()
        except FileNotFoundError:
            return None

    def _put_back(self, swap: Swap, book: Journal) -> None:
        if book.phase in ("swap", "settle"):
            swap.put_back()
            self._store(Journal("stage", book.records, book.due))
        swap.sweep()

    def _restore(self, swap: Swap, book: Journal, daemons: Daemons, error: Exception) -> NoReturn:
        """Old set back, daemons told; the journal goes only when all of that is done."""
        errors = list(error.errors) if isinstance(error, ConfigSetError) else [f"{self.name}: {type(error).__name__}: {error}"]
        daemons.withdraw()
        self._put_back(swap, book)
        trouble = daemons.resume(book.phase == "settle" and bool(book.own))
        live = self._manifest_bytes()
        self._forget_originals(decode(live, self.manifest_path) if live is not None else Manifest(self.name))
        self._end(book.owed)
        errors += [f"after the old set was put back: {line}" for line in trouble]
        raise ConfigSetError(errors, restored=book.phase != "stage", changed=bool(trouble)) from error

    def _forget_originals(self, manifest: Manifest) -> None:
        """Originals that no path of the set needs any more, and the folder when it is empty."""
        needed = {entry.original.saved for entry in manifest.entries.values()}
        for name in sorted(os.listdir(self.originals)):
            if name not in needed:
                remove(os.path.join(self.originals, name))
        if not any(needed):
            os.rmdir(self.originals)
        sync_directory(self.state_dir)
