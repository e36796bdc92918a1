# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host knows of the package that it has, and bringing it to another one."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..bundle_shell.files import sha256 as file_sum
from ..bundle_shell.files import write
from ..intent.error import Problem
from ..package.error import PackageError
from ..package.model import DEB, DIRECTORY, HOME
from . import deb, unpack

STATE = Path("/var/lib/onprem-chat/package.json")
#: Where the role says to the service which package it is, by its sum.
UNITS = Path("/etc/systemd/system")
#: The other engine of a chat server; the two would share a host, and people a name.
EJABBERD = Path("/etc/ejabberd/ejabberd.yml")


@dataclass(frozen=True)
class Wish:
    """What is to be on the host and its service; ``install``, ``creates`` and ``environment`` are those of its installer."""

    kind: str
    sha256: str
    unit: str
    version: str = ""
    install: str = ""
    creates: str = ""
    environment: Mapping[str, str] | None = None

    @property
    def folder(self) -> Path:
        return Path(HOME) / self.sha256[:16]

    @property
    def identity(self) -> dict[str, str]:
        """What makes another installation; of the environment a sum, for it may hold a key of the licence."""
        secrets = json.dumps(dict(self.environment or {}), sort_keys=True)
        told = hashlib.sha256(f"{self.sha256}\n{secrets}".encode()).hexdigest() if self.install else ""
        return {"kind": self.kind, "sha256": self.sha256, "unit": self.unit, "install": self.install, "environment": told}


def read(state: Path = STATE) -> dict[str, Any]:
    """Return what was written of the last installation; nothing when there was none."""
    try:
        found = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def require_room() -> None:
    """Raises PackageError on a host that has ejabberd."""
    if EJABBERD.exists():
        words = f"this host has ejabberd ({EJABBERD}), from which nothing is carried over; take a fresh host for the package"
        raise PackageError([Problem("package", words)])


def is_there(wish: Wish, known: Mapping[str, Any]) -> bool:
    """Whether the host has the package wholly: an earlier run finished it, and what it put there is there."""
    if not known.get("done") or any(known.get(key) != value for key, value in wish.identity.items()):
        return False
    if wish.kind == DEB:
        return bool(known.get("name")) and deb.installed(str(known["name"])) == known.get("version")
    return wish.folder.is_dir() and (not wish.creates or Path(wish.creates).exists())


def bring(wish: Wish, archive: str, state: Path = STATE) -> dict[str, Any]:
    """Install the package from ``archive`` on this host; what was begun is written down before, what was finished after."""
    found = unpack.sum_of_files(archive) if wish.kind == DIRECTORY else file_sum(Path(archive))
    if found != wish.sha256:
        raise PackageError([Problem("package.sha256", f"what arrived has the sum {found} and not {wish.sha256}; run this again")])
    name, version = deb.about(archive) if wish.kind == DEB else ("", wish.version)
    if wish.version and version != wish.version:
        raise PackageError([Problem("package.version", f"the deb is version {version} and not {wish.version}")])
    before = read(state)
    facts = {**wish.identity, "name": name, "version": version}
    write(state, json.dumps({**facts, "unit": before.get("unit", wish.unit), "done": False}) + "\n", 0o600)
    if wish.kind == DEB:
        deb.install(archive, again=before.get("done") is False)
    else:
        unpack.release(archive, wish.folder, wish.kind == DIRECTORY)
        if wish.install:
            unpack.install(wish.install, wish.creates, wish.folder, wish.environment or {})
        unpack.tidy(wish.folder, _in_use(str(before.get("unit", wish.unit))))
    if before.get("unit", wish.unit) != wish.unit:
        _retire(str(before["unit"]))
    write(state, json.dumps({**facts, "done": True}) + "\n", 0o600)
    return facts


def _in_use(unit: str) -> str:
    """What the service that runs says of its package; after an upgrade that failed it is not the last that was installed."""
    try:
        return (UNITS / f"{unit}.d" / "onprem-chat.conf").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _retire(unit: str) -> None:
    """Stop for good what the package before ran: it would hold the port of the new one."""
    subprocess.run(["systemctl", "disable", "--now", unit], stdin=subprocess.DEVNULL, capture_output=True, check=False)
