# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat server that the operator brings: where it comes from, how it is installed, how it runs, how one sees that it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

DEB, ARCHIVE, DIRECTORY = "deb", "archive", "directory"
KINDS = (DEB, ARCHIVE, DIRECTORY)

#: Packages that are unpacked lie in folders of their own, named by their sums, so that the one before stays whole.
HOME = "/opt/onprem-chat/package"
#: The unit that we write where the package brings none.
OWN_UNIT = "onprem-chat-package.service"


@dataclass(frozen=True)
class Health:
    """A path of the package's web server that answers with ``status`` while it works, and with ``expect`` in its text."""

    path: str
    status: int = 200
    expect: str = ""


@dataclass(frozen=True)
class Package:
    """One package; an invalid one cannot be made by :func:`parse.parse`.

    ``command`` is what our own unit starts, empty where the package brings the ``unit``. ``port`` is that of its web server on
    the loopback, ``ports`` are further ones (tcp) that clients use directly, held by
    ``program``. ``packages`` are Debian's that it needs. Of
    ``environment`` no value goes anywhere but to the unit and the installer.
    """

    kind: str
    source: str
    sha256: str
    port: int
    unit: str
    command: str = ""
    version: str = ""
    packages: tuple[str, ...] = ()
    install: str = ""
    creates: str = ""
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    page: str = "/"
    websocket_paths: tuple[str, ...] = ()
    health: Health | None = None
    ports: tuple[int, ...] = ()
    program: str = ""
    writable: tuple[str, ...] = ()
    confined: bool = True
    start_seconds: int = 60

    @property
    def folder(self) -> str:
        """Where it is unpacked; empty for a deb, which has its own places."""
        return "" if self.kind == DEB else f"{HOME}/{self.sha256[:16]}"

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, with what follows from it."""
        data = {**asdict(self), "environment": dict(self.environment), "folder": self.folder}
        data["exec_start"] = (
            self.command if self.command.startswith("/") else f"{self.folder}/{self.command}" if self.command else ""
        )
        data["health"] = asdict(self.health) if self.health else {}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
