# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt-get --simulate says it would do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_INSTALL = re.compile(
    r"^Inst (?P<name>[^\s:]+)(?::(?P<qualifier>\S+))?(?: \[(?P<old>[^\]]+)\])? \((?P<new>\S+)[^)]*?\[(?P<arch>[^\]]+)\]\)"
)
_FAILED = re.compile(r"^dpkg: error processing ")
_REMOVE = re.compile(r"^(?:Remv|Purg) (?P<name>[^\s:]+)(?::\S+)?(?: \[(?P<old>[^\]]+)\])?")


@dataclass(frozen=True)
class Step:
    """One package that would change: before and after are versions, None for not installed."""

    name: str
    before: str | None
    after: str | None
    architecture: str = ""


@dataclass(frozen=True)
class Solution:
    """A simulated transaction."""

    installs: tuple[Step, ...]
    removals: tuple[Step, ...]

    def forbidden(self, allowed: Iterable[str]) -> tuple[Step, ...]:
        """Removals that nobody agreed to."""
        agreed = set(allowed)
        return tuple(step for step in self.removals if step.name not in agreed)


def changes(solution: Solution) -> list[str]:
    """A line for each package that changes."""
    return [f"{step.name}: {step.before or 'absent'} -> {step.after or 'absent'}" for step in _sorted(solution)]


def _sorted(solution: Solution) -> list[Step]:
    return sorted([*solution.installs, *solution.removals], key=lambda step: step.name)


def difference(solution: Solution) -> dict[str, str]:
    """The packages that change, before and after, in the form in which Ansible shows a diff."""
    steps = _sorted(solution)
    return {
        "before_header": "packages",
        "after_header": "packages",
        "before": "".join(f"{step.name} {step.before}\n" for step in steps if step.before),
        "after": "".join(f"{step.name} {step.after}\n" for step in steps if step.after),
    }


def failures(text: str) -> list[str]:
    """What dpkg could not process and why, with the last words before it, out of all that apt-get printed."""
    found, last = [], ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines[1:], ""]):
        if _FAILED.match(line):
            found.append(" ".join(part for part in (last, line, following) if part))
        last = line
    return found


def parse_simulation(text: str) -> Solution:
    """Read the output of apt-get -s install (any language: Inst and Remv lines are never translated)."""
    installs, removals = [], []
    for line in text.splitlines():
        found = _INSTALL.match(line)
        if found:
            installs.append(Step(found["name"], found["old"], found["new"], found["arch"]))
            continue
        found = _REMOVE.match(line)
        if found:
            removals.append(Step(found["name"], found["old"], None))
    return Solution(tuple(installs), tuple(removals))
