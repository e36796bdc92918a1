# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a set: what a killed run was about to do, so that the next one can finish or restore."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from .model import ConfigSetError
from .place import remove, replace_file, sync_directory
from .swap import Record


@dataclass(frozen=True)
class Pending:
    """What is still owed to the daemons: C(units) maps a unit to reload or restart."""

    commands: bool = False
    daemon_reload: bool = False
    units: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.commands or self.daemon_reload or bool(self.units)

    def joined(self, other: Pending) -> Pending:
        units = dict(self.units)
        for unit, level in other.units.items():
            if units.get(unit) != "restart":
                units[unit] = level
        return Pending(self.commands or other.commands, self.daemon_reload or other.daemon_reload, units)


@dataclass(frozen=True)
class Journal:
    """C(phase) is stage (nothing live touched), swap (renames), settle (daemons), done (only leftovers) or owed (only C(owed)
    is left).

    C(owed) is from before this run; C(own) is what this run's changes ask for, due from phase settle on.
    """

    phase: str
    records: tuple[Record, ...] = ()
    owed: Pending = Pending()
    own: Pending = Pending()

    @property
    def due(self) -> Pending:
        """What the daemons are owed when the run ends here."""
        return self.owed.joined(self.own) if self.phase == "settle" else self.owed


def store(path: str, journal: Journal) -> None:
    """Writes the journal so that it lasts."""
    replace_file(path, json.dumps(asdict(journal), sort_keys=True).encode())


def load(path: str) -> Journal | None:
    """The journal of a killed run, or None after a run that ended."""
    try:
        with open(path, "rb") as handle:
            raw: dict[str, Any] = json.load(handle)
        records = tuple(Record(**record) for record in raw["records"])
        return Journal(str(raw["phase"]), records, Pending(**raw["owed"]), Pending(**raw["own"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__} {error}"
        raise ConfigSetError([f"{path}: is not a journal of a config set ({reason}); look at it and remove it"]) from error


def drop(path: str) -> None:
    """The run has ended."""
    remove(path)
    sync_directory(os.path.dirname(path))
