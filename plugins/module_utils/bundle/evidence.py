# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told about a bundle's content: facts of its parts in, the files below sbom/ out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import cve_fixed, sbom
from .component import Component, deb_component
from .control import Package
from .deb_facts import DebFacts, changelog_of, licences_of

PLACES = (sbom.NAME, sbom.LICENCES_NAME, cve_fixed.NAME)


@dataclass(frozen=True)
class Part:
    """The packages of one suite and architecture."""

    suite: str
    architecture: str
    packages: tuple[Package, ...]

    @property
    def title(self) -> str:
        """The part for people."""
        return f"{self.suite} {self.architecture}"


@dataclass(frozen=True)
class Base:
    """The bundle to compare with: its serial, and what it has of each part, by title."""

    serial: int
    packages: Mapping[str, tuple[Package, ...]]


@dataclass(frozen=True)
class Evidence:
    """Texts by their place in the bundle, and what they come to; cves_fixed is None without a base to compare with."""

    texts: Mapping[str, str]
    components: int
    licences_unknown: int
    base: int | None
    cves_fixed: int | None

    @property
    def summary(self) -> str:
        """One line for people."""
        told = "no earlier bundle to compare changelogs with"
        if self.base is not None:
            told = f"CVEs fixed since {self.base} by the changelogs: {self.cves_fixed}"
        return f"{self.components} components, licences of {self.licences_unknown} unknown; {told}, open ones: unknown"


def compute_components(
    parts: Iterable[Part], facts: Mapping[str, DebFacts], others: Iterable[Component]
) -> tuple[Component, ...]:
    """What the bundle consists of, by path: Debian packages (facts by sha256) and the others."""
    found = {component.path: component for component in others}
    for part in parts:
        known = {package.name: facts[package.sha256] for package in part.packages}
        for package in part.packages:
            component = deb_component(part.suite, package, licences_of(package.name, known))
            found[component.path] = component
    return tuple(found[path] for path in sorted(found))


def compute_evidence(
    components: Iterable[Component], parts: Iterable[Part], facts: Mapping[str, DebFacts], base: Base | None
) -> Evidence:
    """All the evidence; without a base nothing is told of CVEs."""
    listed, updates, new_parts = list(components), [], []
    packages = base.packages if base else {}
    for part in parts:
        before = packages.get(part.title)
        if before is None:
            new_parts.append(part.title)
            continue
        known = {package.name: facts[package.sha256] for package in part.packages}
        changelogs = {package.name: changelog_of(package.name, known) for package in part.packages}
        updates += cve_fixed.updates(part.title, before, part.packages, changelogs)
    serial = base.serial if base else None
    texts = {
        sbom.NAME: sbom.render_sbom(listed),
        sbom.LICENCES_NAME: sbom.render_licences(listed),
        cve_fixed.NAME: cve_fixed.render_cves(serial, updates, new_parts),
    }
    unknown = sum(not component.licences.names for component in listed)
    return Evidence(texts, len(listed), unknown, serial, cve_fixed.total(updates) if base else None)
