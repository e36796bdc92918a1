# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle consists of, one component for each file that somebody else made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from .control import Package
from .copyright import Licences
from .repository import pool_path

_PURL = {"deb": "deb/debian", "wheel": "pypi", "npm": "npm", "collection": "generic"}
_SOURCE = re.compile(r"^(\S+)(?:\s+\((\S+)\))?$")


@dataclass(frozen=True)
class Component:
    """One file: path in the bundle, kind (deb, wheel, npm, collection, operator), and what is known of it."""

    path: str
    kind: str
    name: str
    version: str
    sha256: str
    licences: Licences = field(default_factory=Licences)
    suite: str = ""
    architecture: str = ""
    source: str = ""
    source_version: str = ""

    def purl(self) -> str:
        """The package URL (purl-spec), or an empty text for what has none."""
        if self.kind not in _PURL:
            return ""
        name = self.name.lower().replace("_", "-") if self.kind == "wheel" else self.name
        path = "/".join(map(_encode, name.split("/")))
        qualifiers = "&".join(f"{key}={_encode(value)}" for key, value in self._qualifiers() if value)
        return f"pkg:{_PURL[self.kind]}/{path}@{_encode(self.version)}" + (qualifiers and f"?{qualifiers}")

    def _qualifiers(self) -> tuple[tuple[str, str], ...]:
        if self.kind != "deb":
            return ()
        same = (self.source, self.source_version) == (self.name, self.version)
        upstream = "" if same else f"{self.source}@{self.source_version}"
        return (("arch", self.architecture), ("distro", self.suite), ("upstream", upstream))


def _encode(text: str) -> str:
    return quote(text, safe=":")


def source_of(package: Package) -> tuple[str, str]:
    """Name and version of the source that a binary package was built from (deb-control(5))."""
    match = _SOURCE.match(package.field("Source"))
    return (match[1], match[2] or package.version) if match else (package.name, package.version)


def deb_component(suite: str, package: Package, licences: Licences) -> Component:
    """The component that a Debian package of a suite is."""
    source, source_version = source_of(package)
    return Component(
        path=f"debian/{pool_path(suite, package)}",
        kind="deb",
        name=package.name,
        version=package.version,
        sha256=package.sha256,
        licences=licences,
        suite=suite,
        architecture=package.architecture,
        source=source,
        source_version=source_version,
    )
