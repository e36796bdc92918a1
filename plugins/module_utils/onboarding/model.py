# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The start page of a site as its operator asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .root import Root

#: Kinds of devices in the order of the page's menu; the last one is whatever is not known.
SYSTEMS = ("windows", "macos", "ios", "android", "linux", "other")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


class OnboardingError(Exception):
    """The one error root: every message is "where: what is wrong and what to do"."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class Client:
    """A program to install, as a file that people load from the chat server; size in bytes, sum in hex."""

    system: str
    title: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Start:
    """What the page is about; no root: the certificate is one that every device knows. ``xmpp``: any app of that kind serves."""

    name: str
    title: str
    root: Root | None
    help: str
    clients: tuple[Client, ...]
    xmpp: bool = True

    @property
    def page(self) -> str:
        """Where to begin: plain http, since nothing is trusted yet."""
        return f"http{'' if self.root else 's'}://{self.name}/start"

    @property
    def chat(self) -> str:
        return f"https://{self.name}/"


def parse(raw: Mapping[str, Any], root: Root | None) -> Start:
    """Return the page that C(raw) ({name, title, help, clients}) asks for; raises L(OnboardingError) with all errors."""
    errors: list[str] = []
    clients = tuple(filter(None, (_client(f"onboarding_clients[{at}]", row, errors) for at, row in enumerate(raw["clients"]))))
    twice = sorted({one.file for one in clients if [other.file for other in clients].count(one.file) > 1})
    errors += [f"onboarding_clients: two files are named {name}" for name in twice]
    if errors:
        raise OnboardingError(errors)
    return Start(str(raw["name"]), str(raw["title"] or raw["name"]), root, str(raw["help"]), clients, bool(raw.get("apps", True)))


def _client(where: str, row: Any, errors: list[str]) -> Client | None:
    if not isinstance(row, Mapping):
        errors.append(f"{where}: is not a mapping of system, title and file")
        return None
    system, file = str(row.get("system", "")), str(row.get("name", ""))
    known = system in SYSTEMS
    if not known:
        errors.append(f"{where}.system: {system!r} is none of {', '.join(SYSTEMS)}")
    if not _FILE.fullmatch(file):
        errors.append(f"{where}.file: {file!r} is not a plain file name of letters, digits and . _ + -")
        return None
    return Client(system, str(row.get("title") or file), file, int(row["size"]), str(row["sha256"])) if known else None
