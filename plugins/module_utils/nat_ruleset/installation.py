# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program and the units on the router, that bring the rules up at boot and back when nobody confirms them."""

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


def program(sources: Mapping[str, str]) -> dict[str, str]:
    """The files of the program, from the sources of this package by name."""
    return {"__main__.py": files.MAIN, **{f"nat_ruleset/{name}.py": text for name, text in sources.items()}}


def missing(store: Store, sources: Mapping[str, str]) -> list[str]:
    """Paths that are not as they should be."""
    found = [path for path, text in files.units().items() if _text(store.path(path)) != text]
    if generation.read(store.path(files.PROGRAM)) != program(sources):
        found.append(files.PROGRAM)
    if not store.path(files.ENABLED).is_symlink():
        found.append(files.ENABLED)
    return sorted(f"/{path}" for path in found)


def conf_missing(store: Store, wanted: Wanted) -> bool:
    """Whether the file for sysctl.d is not the one of a state."""
    return _text(store.path(files.SYSCTL)) != files.sysctl_conf(wanted.sysctl)


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
    wanted = program(sources)
    if generation.read(store.path(files.PROGRAM)) != wanted:
        generation.publish(store.path(files.PROGRAM), wanted, 0o644)
    changed = False
    for path, text in files.units().items():
        if _text(store.path(path)) != text:
            generation.replace(store.path(path), text)
            changed = True
    if not store.path(files.ENABLED).is_symlink():
        must("systemctl", "enable", "--quiet", files.NAME)
    elif changed:
        must("systemctl", "daemon-reload")


def write_conf(store: Store, wanted: Wanted) -> None:
    """Make the kernel settings last."""
    if conf_missing(store, wanted):
        generation.replace(store.path(files.SYSCTL), files.sysctl_conf(wanted.sysctl))


def arm(token: str, seconds: int) -> None:
    """Have the router fall back by itself; on the kernel's monotonic clock, in seconds."""
    must(
        *("systemd-run", "--quiet", "--collect", f"--unit={files.FALLBACK}{token}", f"--on-active={seconds}s"),
        *("--timer-property=AccuracySec=100ms", "--description=Falls back to the confirmed NAT rules"),
        *(*files.RUN.split(), "fallback", token),
    )


def disarm(token: str = "*") -> None:
    """No falling back any more."""
    run("systemctl", "stop", f"{files.FALLBACK}{token}.timer")


def armed() -> bool:
    """Whether a timer waits."""
    return bool(run("systemctl", "list-units", "--no-legend", "--plain", f"{files.FALLBACK}*.timer").stdout.strip())


def start() -> None:
    """Let systemd know that the unit is up; it waits for the lock that this run holds."""
    if run("systemctl", "is-active", "--quiet", files.NAME).returncode != 0:
        run("systemctl", "start", "--no-block", files.NAME)


def traces(store: Store) -> list[str]:
    """Our files that are there."""
    names = (*files.units(), files.ENABLED, files.PROGRAM, files.CONFIG, files.SYSCTL, files.PENDING)
    return [f"/{name}" for name in sorted(names) if os.path.lexists(store.path(name))]


def uninstall(store: Store) -> None:
    """Take program, units and settings away, and the folders that are empty then."""
    units = [store.path(path) for path in files.units()]
    if any(path.exists() for path in units) or store.path(files.ENABLED).is_symlink():
        run("systemctl", "disable", "--quiet", "--now", files.NAME)
        for path in (*units, store.path(files.ENABLED)):
            path.unlink(missing_ok=True)
        for path in units:
            _tidy(path.parent)
        must("systemctl", "daemon-reload")
    run("systemctl", "reset-failed", files.NAME)
    store.path(files.SYSCTL).unlink(missing_ok=True)


def uninstall_program(store: Store) -> None:
    """Take the program and the stored rules away: last, since they are what a run that was killed needs."""
    for link in (store.path(files.CONFIRMED), store.path(files.PROGRAM)):
        generation.retract(link)
        _tidy(link.parent)
        _tidy(link.parent.parent)


def _tidy(folder: Path) -> None:
    if folder.name in (f"{name}.d" for name in files.FLUSHERS) or "onprem-chat" in str(folder):
        with contextlib.suppress(OSError):
            folder.rmdir()
