# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup is: its name, what it says about itself, and which ones go."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from .error import BackupError

NAME = "backup.json"
FORMAT = 1
_NAME = re.compile(r"^\d{8}T\d{6}Z$")


@dataclass(frozen=True)
class Backup:
    """One backup: named after its time, of which chat store, the sums of its files. Uploads are counted (files, bytes)."""

    name: str
    store: str
    sums: Mapping[str, str]
    uploads: tuple[int, int]


def name_at(now: float) -> str:
    """The name of a backup that is made now (seconds since 1970)."""
    return datetime.fromtimestamp(now, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def render(backup: Backup) -> str:
    """What its backup.json says."""
    data = {"format": FORMAT, "name": backup.name, "store": backup.store, "sums": dict(backup.sums), "uploads": backup.uploads}
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def parse(text: str) -> Backup:
    """Read a backup.json; raises BackupError when it is none."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}, known is {FORMAT}")
        files, size = data["uploads"]
        return Backup(str(data["name"]), str(data["store"]), {str(k): str(v) for k, v in data["sums"].items()}, (files, size))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{NAME}: cannot be read ({error}); take another backup") from error


def names(found: Iterable[str]) -> list[str]:
    """The backups among the names of a folder, oldest first."""
    return sorted(name for name in found if _NAME.match(name))


def surplus(found: Iterable[str], keep: int) -> list[str]:
    """The backups that go, so that the newest ones stay; one always does."""
    return names(found)[: -max(keep, 1)]


def choose(found: Collection[str], wanted: str) -> str:
    """The backup of that name, or the newest for "latest"; raises BackupError naming what there is."""
    there = names(found)
    if wanted == "latest" and there:
        return there[-1]
    if wanted in there:
        return wanted
    held = ", ".join(there) if there else "none"
    raise BackupError(f"there is no backup {wanted} on this host; there is {held}")
