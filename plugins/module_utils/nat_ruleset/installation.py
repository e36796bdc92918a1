# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program and the units on the host, that bring the rules up at boot and back when nobody confirms them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from . import files, generation
from .error import NatRulesetError
from .kernel import must, run
from .model import Wanted
from .store import Store

PYTHON = Path("/usr/bin/python3")
SYSTEMD = Path("/run/systemd/system")


def program(store: Store, sources: Mapping[str, str]) -> dict[str, str]:
    """The files of the program, from the sources of this package by name."""
    return {"__main__.py": files.main(store.seat), **{f"nat_ruleset/{name}.py": text for name, text in sources.items()}}


def missing(store: Store, sources: Mapping[str, str]) -> list[str]:
    """Paths that are not as they should be."""
    found = [path for path, text in files.units(store.seat).items() if _text(store.path(path)) != text]
    if generation.read(store.path(store.seat.program)) != program(store, sources):
        found.append(store.seat.program)
    if not store.path(store.seat.enabled).is_symlink():
        found.append(store.seat.enabled)
    return sorted(f"/{path}" for path in found)


def conf_missing(store: Store, wanted: Wanted) -> bool:
    """Whether the file for sysctl.d is not the one of a state."""
    return _text(store.path(store.seat.sysctl)) != files.sysctl_conf(store.seat, wanted.sysctl)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def check_host() -> None:
    """Whether the host can keep the promise to fall back. Raises L(NatRulesetError)."""
    if not SYSTEMD.is_dir():
        raise NatRulesetError("systemd does not run on this host; it is what brings the rules up at boot and back in time")
    if not PYTHON.exists():
        raise NatRulesetError(f"{PYTHON} is missing on this host; install the package python3")


def install(store: Store, sources: Mapping[str, str]) -> None:
    """Put program and units in place; nothing is loaded by that."""
    wanted = program(store, sources)
    if generation.read(store.path(store.seat.program)) != wanted:
        generation.publish(store.path(store.seat.program), wanted, 0o644)
    changed = False
    for path, text in files.units(store.seat).items():
        if _text(store.path(path)) != text:
            generation.replace(store.path(path), text)
            changed = True
    if not store.path(store.seat.enabled).is_symlink():
        must("systemctl", "enable", "--quiet", store.seat.name)
    elif changed:
        must("systemctl", "daemon-reload")


def write_conf(store: Store, wanted: Wanted) -> None:
    """Make the kernel settings last."""
    if conf_missing(store, wanted):
        generation.replace(store.path(store.seat.sysctl), files.sysctl_conf(store.seat, wanted.sysctl))


def arm(store: Store, token: str, seconds: int) -> None:
    """Have the host fall back by itself; on the kernel's monotonic clock, in seconds."""
    must(
        *("systemd-run", "--quiet", "--collect"),
        *(f"--unit={store.seat.fallback}{token}", f"--on-active={seconds}s"),
        *("--timer-property=AccuracySec=100ms", f"--description=Falls back to what is confirmed: {store.seat.title}"),
        *(*store.seat.run.split(), "fallback", token),
    )


def disarm(store: Store, token: str = "*") -> None:
    """No falling back any more."""
    run("systemctl", "stop", f"{store.seat.fallback}{token}.timer")


def armed(store: Store) -> bool:
    """Whether a timer waits."""
    return bool(run("systemctl", "list-units", "--no-legend", "--plain", f"{store.seat.fallback}*.timer").stdout.strip())


def start(store: Store) -> None:
    """Let systemd know that the unit is up; it waits for the lock that this run holds."""
    if run("systemctl", "is-active", "--quiet", store.seat.name).returncode != 0:
        run("systemctl", "start", "--no-block", store.seat.name)


def traces(store: Store) -> list[str]:
    """Our files that are there."""
    seat = store.seat
    names = (*files.units(seat), seat.enabled, seat.program, seat.config, seat.sysctl, seat.pending)
    return [f"/{name}" for name in sorted(names) if os.path.lexists(store.path(name))]


def uninstall(store: Store) -> None:
    """Take program, units and settings away, and the folders that are empty then."""
    units = [store.path(path) for path in files.units(store.seat)]
    if any(path.exists() for path in units) or store.path(store.seat.enabled).is_symlink():
        run("systemctl", "disable", "--quiet", "--now", store.seat.name)
        for path in (*units, store.path(store.seat.enabled)):
            path.unlink(missing_ok=True)
        for path in units:
            _tidy(path.parent)
        must("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", store.seat.name)
    store.path(store.seat.sysctl).unlink(missing_ok=True)


def uninstall_program(store: Store) -> None:
    """Take the program and the stored rules away: last, since they are what a run that was killed needs."""
    for link in (store.path(store.seat.confirmed), store.path(store.seat.program)):
        generation.retract(link)
        _tidy(link.parent)
        _tidy(link.parent.parent)


def _tidy(folder: Path) -> None:
    if folder.name in (f"{name}.d" for name in files.FLUSHERS) or "onprem-chat" in str(folder):
        with contextlib.suppress(OSError):
            folder.rmdir()
