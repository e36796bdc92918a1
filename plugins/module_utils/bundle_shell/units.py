# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of a host that ran before its packages changed run afterwards, and run what was installed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.units import lost, outdated, parse_enabled, parse_units

from .verify import Run

ATTEMPTS = 5


def active_units(run: Run) -> list[str]:
    """What runs; nothing where systemd does not."""
    if not shutil.which("systemctl"):
        return []
    return parse_units(run(["systemctl", "list-units", "--state=active", "--plain", "--no-legend"])[1])


def bring_back(run: Run, before: Iterable[str]) -> list[str]:
    """Start what ran before, starts at boot and does not run now: packages stop their daemons and at times fail to start them.

    Erlang's do: the port mapper that a stopping node starts for itself holds the port when the packages start theirs.
    """
    missing = enabled(run, lost(before, active_units(run)))
    started = missing
    for attempt in range(ATTEMPTS):
        if not missing:
            return started
        if attempt:
            time.sleep(2)
        run(["systemctl", "reset-failed", *missing])
        run(["systemctl", "start", *missing])
        missing = enabled(run, lost(missing, active_units(run)))
    if missing:
        raise BundleError(f"{', '.join(missing)} ran before the packages changed and cannot be started; journalctl -u says why")
    return started


def enabled(run: Run, units: list[str]) -> list[str]:
    """Those of them that start at boot; what only came and went does not, and a unit whose package is gone neither."""
    if not units:
        return []
    there = set(parse_enabled(run(["systemctl", "show", "--property=Id,UnitFileState", *units])[1]))
    return [unit for unit in units if unit in there]


def renew(run: Run) -> list[str]:
    """Restart the services that still run programs or libraries that were replaced; their names."""
    if not shutil.which("systemctl"):
        return []
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            unit = outdated((process / "maps").read_text(errors="replace"), (process / "cgroup").read_text())
        except OSError:
            continue
        if unit:
            found.add(unit)
    units = sorted(found & set(active_units(run)))
    if units:
        code, _out, err = run(["systemctl", "restart", *units])
        if code:
            raise BundleError(f"restarting {', '.join(units)}: {' '.join(err.split())}")
    return units
