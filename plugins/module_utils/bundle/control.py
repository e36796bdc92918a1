# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian package indexes: stanzas in, packages out (deb-control(5), deb822(5))."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cmp_to_key

from .errors import BundleError
from .versions import compare

_ATOM = re.compile(
    r"^\s*(?P<name>[a-z0-9][a-z0-9.+-]*)(?::[a-z0-9]+)?"
    r"(?:\s*\(\s*(?P<operator><<|<=|=|>=|>>)\s*(?P<version>[^\s)]+)\s*\))?"
)


@dataclass(frozen=True)
class Package:
    """One version of one package as an index names it; size in bytes, installed_size in KiB."""

    name: str
    version: str
    architecture: str
    sha256: str
    size: int
    installed_size: int
    stanza: str

    def field(self, key: str) -> str:
        """The first line of a field's value, or an empty text."""
        match = re.search(rf"^{re.escape(key)}:[ \t]*(.*)$", self.stanza, re.MULTILINE)
        return match.group(1).strip() if match else ""

    @property
    def file_name(self) -> str:
        """Name in the pool: as Debian's own pool names it, so without the epoch."""
        version = self.version.split(":", 1)[-1]
        return f"{self.name}_{version}_{self.architecture}.deb"


def fields(stanza: str) -> dict[str, str]:
    """Fields of one stanza, continuation lines folded away (only single-line fields are ever needed)."""
    found: dict[str, str] = {}
    for line in stanza.splitlines():
        if line[:1] not in (" ", "\t", "") and ":" in line:
            key, value = line.split(":", 1)
            found[key] = value.strip()
    return found


def stanzas(text: str) -> Iterator[str]:
    """The stanzas of an index, without the empty lines between them."""
    for part in text.split("\n\n"):
        if part.strip():
            yield part.strip("\n")


def parse_index(text: str, wanted: Iterable[tuple[str, str]] | None = None) -> list[Package]:
    """Packages of an index; with wanted only those (name, version) pairs, which spares the work for the rest.

    Raises BundleError when a stanza lacks what apt itself could not do without.
    """
    keys = None if wanted is None else set(wanted)
    packages = []
    for stanza in stanzas(text):
        values = fields(stanza)
        pair = (values.get("Package", ""), values.get("Version", ""))
        if keys is None or pair in keys:
            packages.append(_package(pair, values, stanza))
    return packages


def _package(pair: tuple[str, str], values: Mapping[str, str], stanza: str) -> Package:
    try:
        return Package(
            name=pair[0],
            version=pair[1],
            architecture=values["Architecture"],
            sha256=values["SHA256"],
            size=int(values["Size"]),
            installed_size=int(values.get("Installed-Size", "0")),
            stanza=stanza,
        )
    except (KeyError, ValueError) as error:
        raise BundleError(f"{pair[0] or 'a package'}: its index stanza is unusable ({error})") from error


def exact_pins(stanza: str) -> dict[str, str]:
    """Packages that a stanza's Depends and Pre-Depends bind to one exact version: name to version."""
    values = fields(stanza)
    pins = {}
    for relation in re.split(r"[,|]", ",".join((values.get("Depends", ""), values.get("Pre-Depends", "")))):
        match = _ATOM.match(relation)
        if match and match["operator"] == "=":
            pins[match["name"]] = match["version"]
    return pins


def pinning(text: str, known: Collection[str] = ()) -> list[Package]:
    """Every version of the packages of an index that pin another package exactly, newest first, apart from the known names.

    Nothing else can be a sibling of anything, so nothing else is read.
    """
    found: list[Package] = []
    for stanza in stanzas(text):
        if "(= " not in stanza:
            continue
        values = fields(stanza)
        pair = (values.get("Package", ""), values.get("Version", ""))
        if pair[0] not in known and exact_pins(stanza):
            found.append(_package(pair, values, stanza))
    return sorted(found, key=cmp_to_key(_newer_first))


def _newer_first(one: Package, other: Package) -> int:
    return compare(other.version, one.version)
