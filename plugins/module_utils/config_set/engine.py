# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one set on its host: recover, look, plan, check, swap, settle; or restore."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass, field, replace
from typing import Any

from . import journal as log
from .command import Result
from .daemons import Daemons
from .diff import make_diff
from .journal import Journal, Pending
from .manifest import Entry, Manifest, Original, decode, encode
from .model import ConfigSet, ConfigSetError
from .node import NONE, Node, Op
from .observe import Accounts, look, observe, original_node, owned_by_others, resolve
from .place import Label, remove, save, sync_directory
from .plan import Plan, make_plan
from .redact import redact, secret_words
from .swap import Record, Swap
from .systemd import levels, removed_units

LOCK_LIMIT = 600.0
REPORTED = {
    "started": "start",
    "stopped": "stop",
    "restarted": "restart",
    "reloaded": "reload",
    "enabled": "enable",
    "disabled": "disable",
}
INTERRUPTED = "an earlier run of this set was interrupted; the next run restores the old set first"


@dataclass(frozen=True)
class Run:
    """What the shell hands in. C(now) is Unix time."""

    state_dir: str
    now: int
    check: bool = False
    diff: bool = False
    label: Label | None = None


@dataclass
class Outcome:
    """What the module returns."""

    changed: bool = False
    changed_paths: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    done: dict[str, list[str]] = field(default_factory=dict)
    validated: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    recovered: bool = False

    def facts(self) -> dict[str, Any]:
        return {
            "changed": self.changed,
            "changed_paths": self.changed_paths,
            "validated": self.validated,
            "recovered": self.recovered,
            **{name: self.done.get(verb, []) for name, verb in REPORTED.items()},
        }


def apply(config: ConfigSet, run: Run) -> Outcome:
    """Brings the host to I(config), or says what that would change; raises L(ConfigSetError) with the old set in place."""
    if run.check:
        return Engine(config, run).apply()
    os.makedirs(run.state_dir, mode=0o700, exist_ok=True)
    with open(os.open(os.path.join(run.state_dir, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w") as lock:
        _wait_for(lock.fileno(), run.state_dir)
        return Engine(config, run).apply()


def _wait_for(lock: int, state_dir: str) -> None:
    """A run that lost its controller may still be at work; it is waited for."""
    deadline = time.monotonic() + LOCK_LIMIT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise ConfigSetError([f"{state_dir}/.lock: another config_set run is at work; wait for it or end it"]) from error
            time.sleep(0.2)


class Engine:
    def __init__(self, config: ConfigSet, run: Run) -> None:
        self.config = config if config.state == "present" else _emptied(config)
        self.run = run
        self.outcome = Outcome()
        self.daemons = Daemons(self.config, run.check, config.state == "absent")
        self.accounts = Accounts(run.check)
        self.manifest_path = os.path.join(run.state_dir, f"{config.name}.json")
        self.journal_path = os.path.join(run.state_dir, f"{config.name}.journal")
        self.originals = os.path.join(run.state_dir, f"{config.name}.d")
        self.words: list[str] = []

    def apply(self) -> Outcome:
        owed = self._recover()
        manifests = self._manifests()
        manifest = manifests.get(self.config.name, Manifest(self.config.name))
        plan = self._plan(manifest, manifests)
        ops = plan.ops
        due = owed.joined(levels(self.config.services, ops))
        predicted = self.daemons.predict(due)
        self.outcome.changed = bool(ops or predicted or owed or self.outcome.recovered)
        self.outcome.changed_paths = [op.path for op in ops]
        self.outcome.diff = make_diff(ops) if self.run.diff else []
        self.outcome.warnings += predicted.warnings
        checked = self._validate(ops)
        if self.run.check:
            self.outcome.done = {verb: list(units) for verb, units in predicted.units.items()}
        elif ops or predicted or owed or plan.manifest != manifest:
            self._change(plan, owed, checked)
        return self.outcome

    # -- before ---------------------------------------------------------------------------------------------------------------

    def _recover(self) -> Pending:
        """Undoes what a killed run left half done; returns what it still owes to the daemons."""
        if not self.run.check:
            remove(self.journal_path + ".tmp")
        found = log.load(self.journal_path)
        if found is None:
            return Pending()
        owed = found.due
        self.outcome.recovered = found.phase in ("swap", "settle")
        if self.run.check:
            if self.outcome.recovered:
                self.outcome.warnings.append(INTERRUPTED)
            return owed
        swap = Swap(self.config.name, found.records)
        if found.phase == "done":
            swap.clean()
        else:
            self._put_back(swap, found)
        if owed:
            log.store(self.journal_path, Journal("owed", owed=owed))
        else:
            log.drop(self.journal_path)
        return owed

    def _put_back(self, swap: Swap, book: Journal) -> None:
        if book.phase in ("swap", "settle"):
            swap.put_back()
            self._store(Journal("stage", book.records, book.due))
        swap.sweep()

    def _manifests(self) -> dict[str, Manifest]:
        found = {}
        try:
            names = sorted(os.listdir(self.run.state_dir))
        except FileNotFoundError:
            names = []
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                path = os.path.join(self.run.state_dir, name)
                with open(path, "rb") as handle:
                    manifest = decode(handle.read(), path)
                found[manifest.name] = manifest
        return found

    def _plan(self, manifest: Manifest, manifests: dict[str, Manifest]) -> Plan:
        wants = resolve(self.config, manifest, self.accounts, self.run.now, self.run.check)
        observed = observe(wants, manifest, self.accounts)

        def restore(path: str, original: Original) -> Node:
            return original_node(original, os.path.join(self.originals, original.saved), self.accounts)

        plan = make_plan(wants, observed, manifest, owned_by_others(manifests, self.config.name), restore)
        if plan.errors:
            raise ConfigSetError(plan.errors)
        secret, public = _contents(plan.ops, manifest)
        for want in wants:
            (secret if want.secret else public).append(want.node.content or b"")
        lines = [*self.config.validate, *self.config.commands, *self.config.health, *(want.path for want in wants)]
        self.words = secret_words(secret, [*lines, *(content.decode("utf-8", "replace") for content in public)])
        return plan

    def _validate(self, ops: tuple[Op, ...]) -> bool:
        """Lets the checkers see the new set; False where that is not possible before the swap."""
        from .command import exists, program

        lines = list(self.config.validate)
        if not ops or not lines:
            return True
        brought = {op.path for op in ops if op.verb == "put"}
        missing = [line for line in lines if program(line) not in brought and not exists(line)]
        if self.run.check:
            lines = [] if self.accounts.missing else [line for line in lines if line not in missing]
            if not lines or any(_unknown(op.new) for op in ops):
                return True
        elif missing:
            raise ConfigSetError([f"validate: '{line}' cannot be run: its program is not on the host" for line in missing])
        from . import sandbox

        try:
            self._judge(sandbox.validate(self.config.name, ops, lines))
        except sandbox.Unavailable as reason:
            if self.run.check:
                self.outcome.warnings.append(f"the set could not be checked without changing the host ({reason})")
            return False
        return True

    def _judge(self, results: list[Result]) -> None:
        for result in results:
            if result.failed:
                raise ConfigSetError([f"validate: {redact(result.told(), self.words)}"], refused=True)
            self.outcome.validated.append(result.command)

    # -- the change -------------------------------------------------------------------------------------------------------------

    def _change(self, plan: Plan, owed: Pending, checked: bool) -> None:
        os.makedirs(self.originals, mode=0o700, exist_ok=True)
        ops = [*plan.ops, *self._manifest_op(plan.manifest)]
        swap = Swap(self.config.name, [Record.of(op) for op in ops])
        book = Journal("stage", tuple(swap.records), owed, levels(self.config.services, plan.ops))
        self._store(book)
        try:
            for item in plan.saves:
                save(item.node, item.path, os.path.join(self.originals, item.name))
            swap.stage(ops, self.run.label)
            self.daemons.retire(removed_units(plan.ops))
            book = self._store(replace(book, phase="swap"))
            swap.commit(ops)
            if not checked:
                self._check_live()
            book = self._store(replace(book, phase="settle"))
            self._settle(book)
        except Exception as error:  # whatever it is, the old set has to come back
            self._restore(swap, book, error)
        self._store(replace(book, phase="done"))
        swap.clean()
        self._forget_originals(plan.manifest)
        log.drop(self.journal_path)

    def _store(self, book: Journal) -> Journal:
        log.store(self.journal_path, book)
        return book

    def _manifest_op(self, manifest: Manifest) -> list[Op]:
        """The manifest goes with its files, as the last of them."""
        live = look(self.manifest_path, self.accounts)
        if not manifest.entries:
            return [Op(self.manifest_path, live, NONE)] if live.kind != "none" else []
        content = encode(manifest)
        if live.content == content:
            return []
        return [Op(self.manifest_path, live, Node("file", mode=0o600, content=content))]

    def _check_live(self) -> None:
        """Where no private view can be made the set is swapped in, checked and, if it is refused, swapped out again."""
        from .command import run

        for line in self.config.validate:
            self._judge([run(line)])

    def _settle(self, book: Journal) -> None:
        try:
            self.daemons.settle(book.owed.joined(book.own))
        finally:
            self.outcome.done = {verb: list(units) for verb, units in self.daemons.done.units.items()}

    def _restore(self, swap: Swap, book: Journal, error: Exception) -> None:
        """Old set back, daemons told; the journal goes only when all of that is done."""
        words = [f"{self.config.name}: {type(error).__name__}: {error}"]
        if isinstance(error, ConfigSetError):
            words = list(error.errors)
        self.daemons.withdraw()
        self._put_back(swap, book)
        trouble = self.daemons.resume(book.phase == "settle" and bool(book.own))
        self._forget_originals(self._manifests().get(self.config.name, Manifest(self.config.name)))
        if book.owed:
            log.store(self.journal_path, replace(book, phase="owed", records=(), own=Pending()))
        else:
            log.drop(self.journal_path)
        words += [f"after the old set was put back: {line}" for line in trouble]
        words = [redact(word, self.words) for word in words]
        raise ConfigSetError(words, restored=book.phase != "stage", changed=bool(trouble)) from error

    def _forget_originals(self, manifest: Manifest) -> None:
        """Originals that no path of the set needs any more, and the folder when it is empty."""
        needed = {entry.original.saved for entry in manifest.entries.values()}
        for name in sorted(os.listdir(self.originals)):
            if name not in needed:
                remove(os.path.join(self.originals, name))
        if not any(needed):
            os.rmdir(self.originals)
        sync_directory(self.run.state_dir)


def _unknown(node: Node) -> bool:
    """Whether check mode cannot make the node, since what it comes from is not on the host yet."""
    return (node.kind == "file" and node.content is None) or (node.tree is not None and node.tree.sha256 is None)


def _emptied(config: ConfigSet) -> ConfigSet:
    return replace(config, files=(), directories=(), links=(), trees=(), absent=(), validate=(), health=())


def _contents(ops: tuple[Op, ...], manifest: Manifest) -> tuple[list[bytes], list[bytes]]:
    """What the set had until now, secret and public: a daemon may still speak of it."""
    secret: list[bytes] = []
    public: list[bytes] = []
    for op in ops:
        entry = manifest.entries.get(op.path, Entry("file"))
        (secret if op.secret or entry.secret else public).append(op.old.content or b"")
    return secret, public
