# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cve-fixed.txt: CVEs that Debian's changelogs name between the last bundle and this one. What is open stays unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .changelog import Changelog, cve_order
from .component import source_of
from .control import Package
from .versions import compare

NAME = "sbom/cve-fixed.txt"
_UNTOLD = "unknown, its changelog does not reach back that far"
_HEAD = """\
# CVEs that Debian's changelogs name in the versions since the bundle that this one was compared with (base).
# A changelog may name one for another reason than a fix. Holes that are still open are not known here.
"""


@dataclass(frozen=True)
class Update:
    """A source package that is newer than in the base; cves is None when its changelog could not tell."""

    part: str
    source: str
    old: str
    new: str
    cves: tuple[str, ...] | None

    def render(self) -> str:
        """One line for people and for grep."""
        named = _UNTOLD if self.cves is None else " ".join(self.cves) or "none named"
        return f"{self.part} {self.source} {self.old} {self.new}: {named}"


def updates(
    part: str, base: Iterable[Package], now: Iterable[Package], changelogs: Mapping[str, Changelog | None]
) -> list[Update]:
    """The source packages of a suite and architecture (part, for the reader) with a newer version than in the base.

    changelogs are by the name of the binary package. Packages are held together by their own names, so one that is new or
    has got another name was not updated.
    """
    before = {package.name: source_of(package) for package in base}
    found: dict[tuple[str, str, str], set[str] | None] = {}
    for package in now:
        source, new = source_of(package)
        old = before.get(package.name, ("", ""))[1]
        if not old or compare(old, new) >= 0:
            continue
        changelog, key = changelogs.get(package.name), (source, old, new)
        if changelog and changelog.reaches(old):
            found[key] = (found.get(key) or set()) | set(changelog.between(old, new))
        else:
            found.setdefault(key, None)
    return [
        Update(part, *key, None if cves is None else tuple(sorted(cves, key=cve_order))) for key, cves in sorted(found.items())
    ]


def total(found: Iterable[Update]) -> int:
    """How many different CVEs are named."""
    return len({cve for update in found for cve in update.cves or ()})


def render_cves(base: int | None, found: Iterable[Update], new_parts: Iterable[str] = ()) -> str:
    """The file; base is the serial that was compared with, None when there was none, and new_parts are not in it."""
    listed = sorted(found, key=lambda update: (update.part, update.source, update.old))
    if base is None:
        return f"{_HEAD}base: none\nopen: unknown\nfixed: unknown\n"
    lines = [f"base: {base}", "open: unknown", f"fixed: {total(listed)}"]
    lines += [f"{part}: not in the base" for part in sorted(new_parts)]
    return _HEAD + "\n".join([*lines, *(update.render() for update in listed)]) + "\n"
