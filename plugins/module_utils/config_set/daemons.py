# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands, units and health of a set: settled after the swap, brought back after a failure."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from .command import Result, exists, run
from .journal import Pending
from .model import ConfigSet, ConfigSetError
from .systemd import REMOVABLE, VERBS, Actions, Unit, parse_show, plan_units, show_command, undo_units

STAY = 1.0  # seconds until a program that was only just started, or told to reload, can be judged


class Daemons:
    def __init__(self, config: ConfigSet, check: bool, away: bool) -> None:
        self.config = config
        self.check = check
        # A set that goes away stops managing its units; those still there are told of the change.
        self.services = () if away else config.services
        self.leaving: tuple[Unit, ...] = ()
        self.before: Mapping[str, Unit] = {}
        self.missing: frozenset[str] = frozenset()
        self.done = Actions({})
        self.retired: dict[str, tuple[str, ...]] = {}
        self.begun = 0
        self.commands_run = False
        self.reloaded = False

    def _states(self, units: Sequence[str]) -> dict[str, Unit]:
        if not units:
            return {}
        result = run(show_command(units))
        if result.failed and not self.check:
            raise ConfigSetError([f"services: systemd cannot be asked: {result.told()}"])
        return parse_show(units, "" if result.failed else result.output)

    def _units(self, due: Pending) -> list[str]:
        named = [service.unit for service in self.services]
        return named + sorted(set(due.units) - set(named))

    def predict(self, due: Pending, leaving: Sequence[str]) -> Actions:
        """What settling would do to the units, and to those I(leaving) with their files; a missing unit the set may bring."""
        leaving = leaving if has_systemd() else ()
        seen = self._states([*self._units(due), *leaving])
        self.leaving = tuple(seen.pop(unit) for unit in leaving)
        self.before = seen
        self.missing = frozenset(unit.name for unit in self.before.values() if unit.load == "not-found")
        found = plan_units(self.services, self.before, due.units, True)
        if found.errors:
            raise ConfigSetError(found.errors)
        return Actions(_joined(self._retiring(), found.units), (), found.warnings)

    def report(self) -> dict[str, list[str]]:
        """What was done to the units, by verb."""
        return {verb: list(units) for verb, units in _joined(self.retired, self.done.units).items()}

    def _retiring(self) -> dict[str, tuple[str, ...]]:
        """What has to be done to the units that go, by verb."""
        loaded = [unit for unit in self.leaving if unit.load == "loaded"]
        verbs = {
            "disable": tuple(unit.name for unit in loaded if unit.file_state in REMOVABLE),
            "stop": tuple(unit.name for unit in loaded if unit.active not in ("inactive", "failed")),
        }
        return {verb: units for verb, units in verbs.items() if units}

    def retire(self) -> None:
        """Disables and stops units whose files are about to go."""
        for verb, units in self._retiring().items():
            self.retired.setdefault(verb, units)
            self._must(["systemctl", verb, "--", *units])

    def settle(self, due: Pending) -> None:
        """Commands, daemon-reload, units, health; raises L(ConfigSetError) with the words of the first that fails."""
        self.begun = int(time.time())
        if due.commands:
            self.commands_run = True
            for line in self.config.commands:
                result = run(line)
                if result.failed:
                    raise ConfigSetError([f"commands: {result.told()}"])
        if due.daemon_reload and has_systemd():
            self.reloaded = True
            self._must(["systemctl", "daemon-reload"])
        states = self._states(self._units(due)) if due.daemon_reload or due.commands else self.before
        self.before = {**states, **{name: unit for name, unit in self.before.items() if name not in self.missing}}
        planned = plan_units(self.services, states, due.units, False)
        if planned.errors:
            raise ConfigSetError(planned.errors)
        self._do(planned, states)
        if due or planned:
            self._health(planned)

    def _do(self, planned: Actions, states: Mapping[str, Unit]) -> None:
        begun = (*planned.units.get("start", ()), *planned.units.get("restart", ()))
        failed = [unit for unit in begun if states[unit].active == "failed"]
        if failed:
            self._must(["systemctl", "reset-failed", "--", *failed])
        for verb in VERBS:
            units = planned.units.get(verb, ())
            if units:
                self.done = Actions({**self.done.units, verb: units})
                result = run(["systemctl", verb, "--", *units])
                if result.failed:
                    raise ConfigSetError([f"services: {result.told()}{self._last_words(units)}"])

    def _health(self, planned: Actions) -> None:
        touched = [unit for verb in ("start", "restart", "reload") for unit in planned.units.get(verb, ())]
        deadline = time.monotonic() + self.config.health_timeout
        self._ask(touched, deadline)
        if self._stay(touched, planned.units.get("reload", ())):
            self._ask(touched, deadline)  # the first answer may still have come from the old configuration

    def _ask(self, touched: Sequence[str], deadline: float) -> None:
        for line in self.config.health:
            pause = 0.1
            while True:
                result = run(line, max(1.0, deadline - time.monotonic()))
                if not result.failed:
                    break
                if time.monotonic() + pause > deadline or not exists(line):
                    raise ConfigSetError([f"health: {result.told()}{self._last_words(touched)}"])
                time.sleep(pause)
                pause = min(pause * 2, 1.0)

    def _stay(self, units: Sequence[str], reloaded: Sequence[str]) -> bool:
        """A unit told to run has to run; one that says so before it can have failed, for a moment longer (then True)."""
        start = time.monotonic()
        while True:
            states = self._states(units)
            for name, unit in states.items():
                if not unit.up and not unit.oneshot_done and not unit.condition_failed:
                    fate = f"{name} did not stay up, it is {unit.active} ({unit.sub})"
                    raise ConfigSetError([f"services: {fate}{self._last_words([name])}"])
            waits = any(unit.reloads_later if name in reloaded else unit.ready_at_once for name, unit in states.items())
            if not waits or time.monotonic() - start >= STAY:
                return waits
            time.sleep(0.25)

    def _last_words(self, units: Sequence[str]) -> str:
        """The end of what the units have logged since the change, for the message."""
        if not units or not exists("journalctl"):
            return ""
        words = [word for unit in units for word in ("-u", unit)]
        result = run(["journalctl", "--no-pager", "-q", "-o", "cat", "-n", "12", f"--since=@{self.begun}", *words], 10.0)
        return f"\n{result.output.strip()}" if not result.failed and result.output.strip() else ""

    # -- after a failure --------------------------------------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Before the old files come back: units that exist through the new ones alone are stopped and disabled while they can
        be."""
        new = [unit for unit in self.done.units.get("start", ()) if unit in self.missing]
        if new:
            run(["systemctl", "stop", "--", *new])
        new = [unit for unit in self.done.units.get("enable", ()) if unit in self.missing]
        if new:
            run(["systemctl", "disable", "--", *new])

    def resume(self, commands: bool) -> list[str]:
        """With the old files back: the daemons are told, and what was up is up again; returns what went wrong."""
        results: list[Result] = []
        if commands and self.commands_run:
            results += [run(line) for line in self.config.commands]
        if self.reloaded:
            results.append(run(["systemctl", "daemon-reload"]))
        back = undo_units(self.done, self.before)
        for verb in VERBS:
            units = [unit for unit in back.units.get(verb, ()) if unit not in self.missing]
            if units:
                if verb in ("start", "restart"):
                    run(["systemctl", "reset-failed", "--", *units])
                results.append(run(["systemctl", verb, "--", *units]))
        for gone, again in (("disable", "enable"), ("stop", "start")):
            if gone in self.retired:
                results.append(run(["systemctl", again, "--", *self.retired[gone]]))
        return [result.told() for result in results if result.failed]

    def _must(self, words: Sequence[str]) -> None:
        result = run(words)
        if result.failed:
            raise ConfigSetError([f"services: {result.told()}"])


def _joined(first: Mapping[str, tuple[str, ...]], second: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {verb: first.get(verb, ()) + second.get(verb, ()) for verb in VERBS if verb in first or verb in second}


def has_systemd() -> bool:
    """Whether systemd runs the host."""
    return os.path.isdir("/run/systemd/system")
