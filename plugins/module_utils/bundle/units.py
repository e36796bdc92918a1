# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd around a change of packages: who has to come back, and who still runs what was replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable

_KINDS = (".service", ".socket", ".timer", ".path")
_OLD = re.compile(r" (/(?:usr|lib|opt)[^ ]*)(?: \(deleted\)|\.dpkg-(?:new|tmp))$", re.MULTILINE)
_UNIT = re.compile(r"/([^/]+\.service)(?:/|$)", re.MULTILINE)
# Taking these away from under people and the system does more harm than an old library until the next boot
_LEFT_ALONE = re.compile(r"^(?:systemd-|dbus|user@|user-runtime|.*getty|console|polkit|session)")


def parse_units(text: str) -> list[str]:
    """Units of the kinds that packages start, out of systemctl list-units --plain --no-legend."""
    names = [line.split()[0] for line in text.splitlines() if line.split()]
    return sorted(name for name in names if name.endswith(_KINDS))


def parse_enabled(text: str) -> list[str]:
    """Units that start at boot, out of systemctl show --property=Id,UnitFileState."""
    found = []
    for part in text.split("\n\n"):
        values = dict(line.split("=", 1) for line in part.splitlines() if "=" in line)
        if values.get("UnitFileState") in ("enabled", "enabled-runtime"):
            found.append(values.get("Id", ""))
    return sorted(found)


def lost(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Units that ran before and do not now, sockets before services, for a service may hang on its socket."""
    return sorted(set(before) - set(now), key=lambda name: (not name.endswith(".socket"), name))


def outdated(maps: str, cgroup: str) -> str | None:
    """The service of a process (/proc/PID/maps, /proc/PID/cgroup) that runs replaced programs or libraries and may restart."""
    if not _OLD.search(maps):
        return None
    found = _UNIT.findall(cgroup)
    return found[-1] if found and not _LEFT_ALONE.match(found[-1]) else None
