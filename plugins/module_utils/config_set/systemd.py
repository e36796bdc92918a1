# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd says of the units and what to ask of it. Pure: the commands are run elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .journal import Pending
from .model import ON_CHANGE, OWN_UNIT, ServiceSpec
from .node import Op

PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "Type",
    "Result",
    "CanReload",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "ExecMainStartTimestampMonotonic",
)
VERBS = ("disable", "enable", "stop", "restart", "start", "reload")  # the order in which they are done
ENABLED = frozenset(("enabled", "enabled-runtime", "static", "alias", "indirect", "generated", "transient"))
REMOVABLE = frozenset(("enabled", "enabled-runtime", "linked", "linked-runtime"))
_UNIT_FILE = re.compile(r"(?:/etc|/run|/usr/lib|/lib|/usr/local/lib)/systemd/system/(?:([^/]+)\.d/[^/]+\.conf|([^/]+))")


@dataclass(frozen=True)
class Unit:
    """One unit as C(systemctl show) sees it; C(kind) is the Type of a service."""

    name: str
    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    file_state: str = ""
    can_reload: bool = True
    condition_failed: bool = False
    oneshot_done: bool = False
    kind: str = ""

    @property
    def ready_at_once(self) -> bool:
        """Whether systemd calls the unit active before its program has had a chance to fail."""
        return self.kind in ("simple", "exec", "idle")

    @property
    def reloads_later(self) -> bool:
        """Whether systemd calls a reload done when the program has only been asked for it."""
        return self.kind != "notify-reload"

    @property
    def up(self) -> bool:
        """Running or on its way there; waiting to be restarted after a failure is neither."""
        return self.active in ("active", "reloading", "refreshing") or (
            self.active == "activating" and self.sub != "auto-restart"
        )


@dataclass(frozen=True)
class Actions:
    """Units by verb, and what people should know."""

    units: Mapping[str, tuple[str, ...]]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(self.units.values())


def show_command(units: Sequence[str]) -> list[str]:
    return ["systemctl", "show", "--no-pager", f"--property={','.join(PROPERTIES)}", "--", *units]


def parse_show(units: Sequence[str], output: str) -> dict[str, Unit]:
    """The answer to L(show_command): one block a unit, in the order asked."""
    found = {unit: Unit(unit) for unit in units}
    for unit, block in zip(units, output.strip("\n").split("\n\n")):
        values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        oneshot = values.get("Type") == "oneshot" and values.get("Result") == "success"
        found[unit] = Unit(
            unit,
            values.get("LoadState", "not-found"),
            values.get("ActiveState", "inactive"),
            values.get("SubState", "dead"),
            values.get("UnitFileState", ""),
            values.get("CanReload", "yes") == "yes",
            values.get("ConditionResult") == "no" and values.get("ConditionTimestampMonotonic", "0") != "0",
            oneshot and values.get("ExecMainStartTimestampMonotonic", "0") != "0",
            values.get("Type", ""),
        )
    return found


def unit_of(path: str) -> str | None:
    """The unit that a unit file or drop-in at I(path) configures, or None."""
    match = _UNIT_FILE.fullmatch(path)
    return (match.group(1) or match.group(2)) if match else None


def removed_units(ops: Iterable[Op]) -> list[str]:
    """Units whose own file the operations take away: they are to be stopped and disabled first. A template is no unit to stop."""
    names = [os.path.basename(op.path) for op in ops if op.verb == "remove" and unit_of(op.path) == os.path.basename(op.path)]
    return sorted(name for name in names if not name.rpartition(".")[0].endswith("@"))


def levels(services: Iterable[ServiceSpec], ops: Sequence[Op]) -> Pending:
    """What the operations ask of the daemons.

    A file raises the on_change of the services; a unit file or drop-in of a listed unit means a restart of it, since a reload
    would not take most of its settings. A service with on_change none is left alone, one with on_change unit by all other files.
    """
    if not ops:
        return Pending()
    gone = set(removed_units(ops))
    touched = {unit for unit in (unit_of(op.path) for op in ops) if unit}
    raised = max((op.on_change for op in ops), key=ON_CHANGE.index)
    units = {}
    for service in services:
        if service.on_change == "none" or service.unit in gone:
            continue
        if service.unit in touched:
            units[service.unit] = "restart"
        elif service.on_change != OWN_UNIT:
            units[service.unit] = max(service.on_change, raised, key=ON_CHANGE.index)
    return Pending(True, bool(touched), units)


def plan_units(services: Iterable[ServiceSpec], states: Mapping[str, Unit], wanted: Mapping[str, str], tolerate: bool) -> Actions:
    """What to ask of systemd, verb by verb; I(wanted) maps units to reload or restart, I(tolerate) accepts a unit that is
    missing."""
    verbs: dict[str, list[str]] = {verb: [] for verb in VERBS}
    errors: list[str] = []
    warnings: list[str] = []
    named = {service.unit: service for service in services}
    for unit in [*named, *sorted(set(wanted) - set(named))]:
        state, service = states.get(unit, Unit(unit)), named.get(unit, ServiceSpec("", unit))
        if _unusable(state, service, tolerate, errors):
            continue
        _enablement(state, service, verbs)
        if service.state == "stopped":
            if state.active not in ("inactive", "failed"):
                verbs["stop"].append(unit)
        elif state.condition_failed and not state.up and unit not in wanted:  # a change may be what the conditions wait for
            if service.state == "started":
                warnings.append(f"systemd skips {unit} on this host: its start conditions do not hold (systemctl status {unit})")
        elif state.up:
            if unit in wanted:
                verbs["reload" if wanted[unit] == "reload" and state.can_reload else "restart"].append(unit)
        elif service.state == "started" and not (state.oneshot_done and unit not in wanted):
            verbs["start"].append(unit)
    return Actions({verb: tuple(units) for verb, units in verbs.items() if units}, tuple(errors), tuple(warnings))


def _unusable(state: Unit, service: ServiceSpec, tolerate: bool, errors: list[str]) -> bool:
    needed = service.state == "started" or service.enabled
    if state.load == "masked" and needed:
        errors.append(
            f"{service.where}.name: {state.name} is masked; run 'systemctl unmask {state.name}' or take it out of services"
        )
    elif state.load in ("not-found", "error", "bad-setting") and needed and not tolerate:
        reason = "does not exist on the host" if state.load == "not-found" else f"cannot be loaded by systemd ({state.load})"
        errors.append(f"{service.where}.name: {state.name} {reason}; install its package or put its unit file into the set")
    else:
        return state.load != "loaded" and not (tolerate and needed)
    return True


def _enablement(state: Unit, service: ServiceSpec, verbs: dict[str, list[str]]) -> None:
    if service.enabled is True and state.file_state not in ENABLED:
        verbs["enable"].append(state.name)
    elif service.enabled is False and state.file_state in REMOVABLE:
        verbs["disable"].append(state.name)


def undo_units(done: Actions, before: Mapping[str, Unit]) -> Actions:
    """What brings the units back to where they were before I(done), once the old files are back."""
    verbs: dict[str, list[str]] = {verb: [] for verb in VERBS}
    for verb, units in done.units.items():
        for unit in units:
            was = before.get(unit, Unit(unit))
            back = {"enable": "disable", "disable": "enable", "start": "stop", "stop": "start"}.get(verb, verb)
            if was.load == "loaded" or back in ("stop", "disable"):
                verbs[back].append(unit)
    return Actions({verb: tuple(units) for verb, units in verbs.items() if units})
