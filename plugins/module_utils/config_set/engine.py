# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one set on its host: recover, look, plan, check; then change, if anything is to change."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from .change import Change
from .command import Result, exists, program, run
from .daemons import Daemons
from .diff import make_diff
from .journal import Journal, Pending, load
from .manifest import Entry, Manifest, Original, decode
from .model import ConfigSet, ConfigSetError
from .node import Node, Op
from .observe import Accounts, mounted, observe, original_node, owned_by_others, resolve
from .outcome import Outcome, Run
from .place import remove
from .plan import Plan, Want, make_plan
from .redact import redact, secret_words
from .systemd import levels, removed_units

LOCK_LIMIT = 600.0
INTERRUPTED = "an earlier run of this set was interrupted; the next run restores the old set first"


def apply(config: ConfigSet, run: Run) -> Outcome:
    """Brings the host to I(config), or says what that would change; raises L(ConfigSetError) with the old set in place."""
    engine = Engine(config, run)
    try:
        if run.check:
            return engine.apply()
        os.makedirs(run.state_dir, mode=0o700, exist_ok=True)
        with open(os.open(os.path.join(run.state_dir, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w") as lock:
            _wait_for(lock.fileno(), run.state_dir)
            return engine.apply()
    except ConfigSetError as error:
        raise ConfigSetError(engine.without_secrets(error.errors), **error.facts) from error


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
        self.change = Change(config.name, run.state_dir)
        self.manifest = Manifest(config.name)
        self.wants: Sequence[Want] = ()
        self.ops: Sequence[Op] = ()

    def apply(self) -> Outcome:
        owed = self._recover()
        plan = self._plan()
        own = levels(self.config.services, plan.ops)
        predicted = self.daemons.predict(owed.joined(own), removed_units(plan.ops))
        self.outcome.changed = bool(plan.ops or predicted or owed or self.outcome.recovered)
        self.outcome.changed_paths = [op.path for op in plan.ops]
        self.outcome.diff = make_diff(plan.ops) if self.run.diff else []
        self.outcome.warnings += predicted.warnings
        checked = self._validate()
        if self.run.check:
            self.outcome.done = {verb: list(units) for verb, units in predicted.units.items()}
        elif plan.ops or predicted or owed or plan.manifest != self.manifest:
            book = Journal("stage", owed=owed, own=own)
            self.change.make(plan, book, self.daemons, self.run.label, lambda: None if checked else self._check_live())
            self.outcome.done = self.daemons.report()
        return self.outcome

    def _recover(self) -> Pending:
        """Lets the change undo what a killed run left half done; returns what is still owed to the daemons."""
        if not self.run.check:
            remove(self.change.journal_path + ".tmp")
        found = load(self.change.journal_path)
        if found is None:
            return Pending()
        self.outcome.recovered = found.phase in ("swap", "settle")
        if not self.run.check:
            self.change.recover(found)
        elif self.outcome.recovered:
            self.outcome.warnings.append(INTERRUPTED)
        return found.due

    def _manifests(self) -> dict[str, Manifest]:
        found = {}
        names = sorted(os.listdir(self.run.state_dir)) if os.path.isdir(self.run.state_dir) else []
        for name in names:
            if name.endswith(".json") and not name.startswith("."):
                path = os.path.join(self.run.state_dir, name)
                with open(path, "rb") as handle:
                    manifest = decode(handle.read(), path)
                found[manifest.name] = manifest
        return found

    def _plan(self) -> Plan:
        manifests = self._manifests()
        self.manifest = manifests.get(self.config.name, self.manifest)
        self.wants = resolve(self.config, self.manifest, self.accounts, self.run.now, self.run.check)
        observed = observe(self.wants, self.manifest, self.accounts)

        def restore(path: str, original: Original) -> Node:
            return original_node(original, os.path.join(self.change.originals, original.saved), self.accounts)

        plan = make_plan(self.wants, observed, self.manifest, owned_by_others(manifests, self.config.name), restore)
        errors = [*plan.errors, *(mounted(plan.ops) if plan.ops else ())]
        if errors:
            raise ConfigSetError(errors)
        self.ops = plan.ops
        return plan

    def _validate(self) -> bool:
        """Lets the checkers see the new set; False where that is not possible before the swap."""
        lines = list(self.config.validate)
        if not self.ops or not lines:
            return True
        brought = {op.path for op in self.ops if op.verb == "put"}
        missing = [line for line in lines if program(line) not in brought and not exists(line)]
        if self.run.check:
            lines = [] if self.accounts.missing else [line for line in lines if line not in missing]
            if not lines or any(_unknown(op.new) for op in self.ops):
                return True
        elif missing:
            raise ConfigSetError([f"validate: '{line}' cannot be run: its program is not on the host" for line in missing])
        from . import sandbox  # most runs change nothing and need none

        try:
            self._judge(sandbox.validate(self.config.name, self.ops, lines))
        except sandbox.Unavailable as reason:
            if self.run.check:
                self.outcome.warnings.append(f"the set could not be checked without changing the host ({reason})")
            return False
        return True

    def _check_live(self) -> None:
        """Where no private view can be made the set is swapped in, checked and, if it is refused, swapped out again."""
        for line in self.config.validate:
            self._judge([run(line)])

    def _judge(self, results: list[Result]) -> None:
        for result in results:
            if result.failed:
                raise ConfigSetError([f"validate: {result.told()}"], refused=True)
            self.outcome.validated.append(result.command)

    def without_secrets(self, errors: Sequence[str]) -> list[str]:
        """I(errors) with the words masked that only secret files have or had, for programs quote what they choke on."""
        secret: list[bytes] = []
        public = [*self.config.validate, *self.config.commands, *self.config.health]
        seen = [(want.secret, want.path, want.node.content) for want in self.wants]
        for op in self.ops:
            seen.append((op.secret or self.manifest.entries.get(op.path, Entry("file")).secret, op.path, op.old.content))
        for hidden, path, content in seen:
            public.append(path)
            if hidden:
                secret.append(content or b"")
            else:
                public.append((content or b"").decode("utf-8", "replace"))
        words = secret_words(secret, public)
        return [redact(error, words) for error in errors]


def _unknown(node: Node) -> bool:
    """Whether check mode cannot make the node, since what it comes from is not on the host yet."""
    return (node.kind == "file" and node.content is None) or (node.tree is not None and node.tree.sha256 is None)


def _emptied(config: ConfigSet) -> ConfigSet:
    return replace(config, files=(), directories=(), links=(), trees=(), absent=(), validate=(), health=())
