# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemons that use the certificate are told of a new one; those that do not run are left alone."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


def active(units: Sequence[str]) -> list[str]:
    """Those that run."""
    return [unit for unit in units if _systemctl("is-active", "--quiet", unit)[0] == 0]


def reload(units: Sequence[str]) -> tuple[list[str], list[str]]:
    """Reload what runs; return what was reloaded and what went wrong. A reload keeps every connection."""
    done, problems = [], []
    for unit in active(units):
        code, said = _systemctl("reload", unit)
        if code == 0:
            done.append(unit)
        else:
            problems.append(f"{unit} has not taken the new certificate and uses the one before: {said}; see journalctl -u {unit}")
    return done, problems


def _systemctl(*words: str) -> tuple[int, str]:
    try:
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, timeout=120, check=False)
    except FileNotFoundError:
        return 127, "there is no systemd"
    except subprocess.TimeoutExpired:
        return 124, "no end after two minutes"
    return done.returncode, " ".join((done.stderr or done.stdout).split())
