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
    """The packages of one suite and architecture; before are those of the base bundle, None when it does not have the part."""

    suite: str
    architecture: str
    packages: tuple[Package, ...]
    before: tuple[Package, ...] | None = None

    @property
    def title(self) -> str:
        """The part for people."""
        return f"{self.suite} {self.architecture}"


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


def compute_evidence(
    parts: Iterable[Part], facts: Mapping[str, DebFacts], others: Iterable[Component], base: int | None
) -> Evidence:
    """The evidence for Debian packages (facts by sha256) and the other components; base is the serial of the bundle before."""
    components, updates, new_parts = {component.path: component for component in others}, [], []
    for part in parts:
        known = {package.name: facts[package.sha256] for package in part.packages}
        for package in part.packages:
            component = deb_component(part.suite, package, licences_of(package.name, known))
            components[component.path] = component
        if part.before is None:
            new_parts.append(part.title)
        else:
            changelogs = {package.name: changelog_of(package.name, known) for package in part.packages}
            updates += cve_fixed.updates(part.title, part.before, part.packages, changelogs)
    texts = {
        sbom.NAME: sbom.render_sbom(components.values()),
        sbom.LICENCES_NAME: sbom.render_licences(components.values()),
        cve_fixed.NAME: cve_fixed.render_cves(base, updates, new_parts),
    }
    unknown = sum(not component.licences.names for component in components.values())
    return Evidence(texts, len(components), unknown, base, None if base is None else cve_fixed.total(updates))
