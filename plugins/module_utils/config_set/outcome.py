# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell hands to a run, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

Label = Callable[[str, str], None]  # staged path, final path: gives the staged node the security label of the final one
REPORTED = {
    "started": "start",
    "stopped": "stop",
    "restarted": "restart",
    "reloaded": "reload",
    "enabled": "enable",
    "disabled": "disable",
}


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
