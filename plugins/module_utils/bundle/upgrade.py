# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade changed on a host, written down before it begins, and the way back from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Optional

from .apt_output import Solution
from .errors import BundleError
from .installed import Installed
from .repository import ORIGIN
from .versions import compare

NAME = "upgrade.json"
FORMAT = 1
#: under way, finished; taken back: under way, finished
STARTED, DONE, RETURNING, UNDONE = STATES = ("started", "done", "returning", "undone")
Change = tuple[Optional[str], Optional[str]]


@dataclass(frozen=True)
class Record:
    """The last upgrade: from one serial to another, and each package's version before and after (None: not installed)."""

    source: int
    target: int
    state: str
    packages: Mapping[str, Change]

    def at(self, state: str) -> Record:
        """The same, further on."""
        return replace(self, state=state)


def render_record(record: Record) -> str:
    """The record as its file has it."""
    packages = {name: {"before": before, "after": after} for name, (before, after) in record.packages.items()}
    data = {"format": FORMAT, "from": record.source, "to": record.target, "state": record.state, "packages": packages}
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def parse_record(text: str) -> Record:
    """Read a record; raises BundleError when it is none."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT or data["state"] not in STATES:
            raise ValueError("another format")
        packages = {str(name): (change["before"], change["after"]) for name, change in data["packages"].items()}
        return Record(int(data["from"]), int(data["to"]), data["state"], packages)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{NAME}: cannot be read ({error!r}); without it there is no way back on this host") from error


def begin(last: Record | None, used: int | None, serial: int, planned: Solution) -> Record | None:
    """The record of a change to come: used is the serial in use until now. None where there is nothing to go back to.

    What was under way when it was killed is gone on with: its first "before" counts, and where it began.
    """
    changes = {step.name: (step.before, step.after) for step in (*planned.installs, *planned.removals)}
    if last is not None and last.state != UNDONE and (last.state != DONE or last.target == serial):
        return Record(last.source, serial, STARTED, merge(last.packages, changes))
    if used is None or used >= serial:
        return None
    return Record(used, serial, STARTED, changes)


def finish(record: Record, before: Mapping[str, str], after: Mapping[str, str]) -> Record:
    """The record of what happened, not of what was planned: before and after are all versions on the host."""
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    seen = {name: (before.get(name), after.get(name)) for name in names}
    merged = {name: (first, after.get(name)) for name, (first, _last) in merge(record.packages, seen).items()}
    return replace(record, state=DONE, packages={name: change for name, change in merged.items() if change[0] != change[1]})


def merge(earlier: Mapping[str, Change], later: Mapping[str, Change]) -> dict[str, Change]:
    """Two changes after one another as one."""
    return {**earlier, **{name: (earlier[name][0] if name in earlier else old, new) for name, (old, new) in later.items()}}


@dataclass(frozen=True)
class WayBack:
    """What has to change: versions to install, packages to remove. kept are those that stay as they are, name to version."""

    versions: Mapping[str, str]
    gone: tuple[str, ...]
    kept: Mapping[str, str]

    @property
    def done(self) -> bool:
        """Whether the host is there."""
        return not self.versions and not self.gone


def way_back(record: Record, installed: Installed, offered: Mapping[str, str]) -> WayBack:
    """The way to the versions before the upgrade; offered (name to version) is what the earlier bundle has.

    A version that the earlier bundle does not have cannot be brought back. The bundle's own is taken where it lies between the
    two, as near as one gets; else the package stays.
    """
    versions, gone, kept = {}, [], {}
    for name, (before, _after) in sorted(record.packages.items()):
        now = installed.versions.get(name)
        if before is None:
            if now is not None:
                gone.append(name)
        elif before != now:
            near = offered.get(name)
            if near == before or (near is not None and compare(near, before) > 0 and (now is None or compare(near, now) < 0)):
                versions[name] = near
            elif near is None or near != now:
                kept[name] = now or ""
    return WayBack(versions, tuple(gone), kept)


def render_preferences(way: WayBack) -> str:
    """apt_preferences(5) that allow the way back and no other change out of the earlier bundle."""
    pins = [f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n" for name, version in way.versions.items()]
    return "\n".join([*pins, f"Package: *\nPin: release o={ORIGIN}\nPin-Priority: -1\n"])


def upgradable(installed: Installed, offered: Mapping[str, str]) -> list[str]:
    """Installed packages that the bundle has newer, sorted; what the administrator holds is left alone."""
    return sorted(
        name
        for name, version in installed.versions.items()
        if name in offered and name not in installed.held and compare(version, offered[name]) < 0
    )
