# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a config set is: the files, directories, links and services of one role on one host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ON_CHANGE = ("none", "reload", "restart")  # in rising order
OWN_UNIT = "unit"  # of a service: restarted when its own unit file or drop-in changes, and else left alone


class ConfigSetError(Exception):
    """The one error root: every message is "where: what is wrong and what to do"."""

    def __init__(self, errors: Sequence[str], **facts: Any) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)
        self.facts = facts


@dataclass(frozen=True)
class Source:
    """Where a file's content comes from: V(text of) template, content, src (read on the controller) or remote_src."""

    kind: str
    value: str = ""
    data: bytes | None = None


@dataclass(frozen=True)
class FileSpec:
    where: str
    path: str
    source: Source
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    secret: bool = False
    zone_serial: bool = False
    block: bool = False
    on_change: str = "none"


@dataclass(frozen=True)
class DirectorySpec:
    where: str
    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o755


@dataclass(frozen=True)
class LinkSpec:
    where: str
    path: str
    target: str


@dataclass(frozen=True)
class TreeSpec:
    where: str
    path: str
    archive: str
    strip_components: int = 0
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True)
class ServiceSpec:
    where: str
    name: str
    enabled: bool | None = None
    state: str | None = None
    on_change: str = "none"

    @property
    def unit(self) -> str:
        """The name with its suffix, as systemd completes it."""
        return self.name if os.path.splitext(self.name)[1] in UNIT_SUFFIXES else self.name + ".service"


@dataclass(frozen=True)
class ConfigSet:
    name: str
    state: str = "present"
    files: tuple[FileSpec, ...] = ()
    directories: tuple[DirectorySpec, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    trees: tuple[TreeSpec, ...] = ()
    absent: tuple[str, ...] = ()
    validate: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    services: tuple[ServiceSpec, ...] = ()
    health: tuple[str, ...] = ()
    health_timeout: int = 30


UNIT_SUFFIXES = frozenset(
    (".service", ".socket", ".timer", ".path", ".mount", ".automount", ".swap", ".target", ".slice", ".device", ".scope")
)
