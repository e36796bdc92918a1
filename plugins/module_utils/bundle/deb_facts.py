# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the papers of a Debian package tell: its licences, and the CVEs in its changelog."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .changelog import Changelog, parse_changelog
from .component import source_of
from .control import Package
from .copyright import Licences, parse_copyright
from .errors import BundleError

# Facts are kept from build to build: a parser that finds other ones needs another number here.
FORMAT = 1
COPYRIGHT, CHANGELOG, FOLDER = "copyright", "changelog", ""
_HOPS = 5
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class DebFacts:
    """Facts of one deb; links name the package that has the papers instead: for one of them, or for the whole FOLDER."""

    licences: Licences | None = None
    changelog: Changelog | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def paper_names(package: Package) -> dict[str, str]:
    """File names of the papers (Debian policy 12.5, 12.7): a package that is native to Debian has its changelog as upstream's."""
    native = "-" not in source_of(package)[1]
    return {COPYRIGHT: "copyright", CHANGELOG: "changelog.gz" if native else "changelog.Debian.gz"}


def gather_facts(package: Package, files: Mapping[str, bytes], links: Mapping[str, str]) -> DebFacts:
    """Facts out of the papers; links are paths by file name. What cannot be read is unknown."""
    names = paper_names(package)
    copyright_text, changelog = files.get(names[COPYRIGHT]), None
    if names[CHANGELOG] in files:
        try:
            changelog = parse_changelog(gzip.decompress(files[names[CHANGELOG]]).decode(errors="replace"))
        except (OSError, EOFError, zlib.error):
            changelog = None
    targets = {kind: links[name].split("/") for kind, name in {**names, FOLDER: ""}.items() if name in links}
    others = {kind: path[3] for kind, path in targets.items() if len(path) > 3 and path[3] != package.name}
    licences = None if copyright_text is None else parse_copyright(copyright_text.decode(errors="replace"))
    return DebFacts(licences, changelog, others)


def licences_of(name: str, known: Mapping[str, DebFacts]) -> Licences:
    """A package's licences among the facts by package name, wherever its papers are."""
    return _follow(name, known, COPYRIGHT, lambda facts: facts.licences) or Licences()


def changelog_of(name: str, known: Mapping[str, DebFacts]) -> Changelog | None:
    """A package's changelog, wherever it is."""
    return _follow(name, known, CHANGELOG, lambda facts: facts.changelog)


def _follow(name: str, known: Mapping[str, DebFacts], kind: str, get: Callable[[DebFacts], _Found | None]) -> _Found | None:
    for _hop in range(_HOPS):
        if name not in known:
            return None
        found = get(known[name])
        if found is not None:
            return found
        links = known[name].links
        name = links.get(kind) or links.get(FOLDER) or ""
    return None


def dump_facts(facts: DebFacts) -> dict[str, Any]:
    """Facts as JSON can keep them."""
    licences, changelog = facts.licences, facts.changelog
    return {
        "licences": licences and [list(licences.names), licences.basis, list(licences.mentions)],
        "changelog": changelog and [{version: list(cves) for version, cves in changelog.cves.items()}, changelog.oldest],
        "links": dict(facts.links),
    }


def load_facts(data: Mapping[str, Any]) -> DebFacts:
    """Facts out of what dump_facts made; raises BundleError for anything else."""
    try:
        licences, changelog = data["licences"], data["changelog"]
        return DebFacts(
            licences and Licences(tuple(licences[0]), licences[1], tuple(licences[2])),
            changelog and Changelog({version: tuple(cves) for version, cves in changelog[0].items()}, changelog[1]),
            dict(data["links"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BundleError(f"facts of a package cannot be read ({error!r})") from error
