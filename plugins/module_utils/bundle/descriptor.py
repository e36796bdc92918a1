# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BUNDLE.json: what a bundle says about itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import BundleError
from .serial import parse_serial

FORMAT = 2
NAME = "BUNDLE.json"


@dataclass(frozen=True)
class ArchitecturePart:
    """What a bundle holds for one architecture of a suite; sizes in bytes (debs) and KiB (installed_size, as dpkg counts)."""

    requested: tuple[str, ...]
    packages: int
    size: int
    installed_size: int


@dataclass(frozen=True)
class SuitePart:
    """What a bundle holds for one Debian suite: its release by number, and a part for each architecture."""

    release: str
    architectures: Mapping[str, ArchitecturePart]


@dataclass(frozen=True)
class OperatorFile:
    """A file that the operator put in, without its folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Descriptor:
    """The bundle's identity and content in short.

    web is file name to sha256, python the versions that there is a lock file for, collections the archives' names. base_serial is
    the bundle before this one in the same folder.
    """

    serial: int
    epoch: int
    content: str
    suites: Mapping[str, SuitePart]
    apt_key: str
    web: Mapping[str, str] = field(default_factory=dict)
    removal_allowlist: tuple[str, ...] = ()
    base_serial: int | None = None
    python: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    operator: tuple[OperatorFile, ...] = ()

    def suite_for(self, codename: str, architecture: str) -> str:
        """The suite a host of that release and architecture installs from; raises BundleError saying what there is."""
        part = self.suites.get(codename)
        if part and architecture in part.architectures:
            return codename
        held = ", ".join(f"{name} {' and '.join(sorted(self.suites[name].architectures))}" for name in sorted(self.suites))
        raise BundleError(
            f"the host is Debian {codename} {architecture}, the bundle {self.serial} holds {held}; build one for this host"
        )


def render_descriptor(descriptor: Descriptor) -> str:
    """BUNDLE.json, same bytes for the same bundle."""
    data = asdict(descriptor)
    data.update(format=FORMAT, open_cves="unknown")
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def parse_descriptor(text: str) -> Descriptor:
    """Read BUNDLE.json; raises BundleError when it is none or of a newer format."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data["format"] != FORMAT:
            raise BundleError(f"{NAME}: format {data['format']} is not known here ({FORMAT}); use the one that built it")
        suites = {name: _suite(part) for name, part in data["suites"].items()}
        return Descriptor(
            parse_serial(str(data["serial"])),
            int(data["epoch"]),
            str(data["content"]),
            suites,
            str(data["apt_key"]),
            dict(data["web"]),
            tuple(data["removal_allowlist"]),
            data["base_serial"],
            tuple(data["python"]),
            tuple(data["collections"]),
            tuple(OperatorFile(str(part["name"]), int(part["size"]), str(part["sha256"])) for part in data["operator"]),
        )
    except BundleError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"{NAME}: cannot be read ({error!r}); the bundle is damaged, copy it again") from error


def _suite(data: Mapping[str, Any]) -> SuitePart:
    return SuitePart(
        data["release"],
        {
            name: ArchitecturePart(
                tuple(part["requested"]), int(part["packages"]), int(part["size"]), int(part["installed_size"])
            )
            for name, part in data["architectures"].items()
        },
    )


def content_digest(inputs: Mapping[str, Any]) -> str:
    """One sum over everything that decides a bundle's content, apart from when it was made and its number."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
