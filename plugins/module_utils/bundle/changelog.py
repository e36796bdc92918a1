# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian changelogs (deb-changelog(5)): which version names which CVE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .versions import compare

_ENTRY = re.compile(r"^\S+ \(([^\s()]+)\)[^;\n]*;", re.MULTILINE)
_CVE = re.compile(r"\bCVE[-_](\d{4})-(\d{4,})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Changelog:
    """CVEs by the source version whose entry names them, and the oldest version that there is an entry for."""

    cves: Mapping[str, tuple[str, ...]]
    oldest: str

    def between(self, old: str, new: str) -> tuple[str, ...]:
        """CVEs that entries after the old version, up to the new one, name; in order of their numbers."""
        found = {
            cve for version, cves in self.cves.items() if compare(version, old) > 0 and compare(version, new) <= 0 for cve in cves
        }
        return tuple(sorted(found, key=cve_order))

    def reaches(self, version: str) -> bool:
        """Whether no entry after that version has been cut off (Debian 13 leaves old ones out)."""
        return compare(self.oldest, version) <= 0


def parse_changelog(text: str) -> Changelog | None:
    """The changelog, or None when it has no entries."""
    starts = list(_ENTRY.finditer(text))
    cves: dict[str, tuple[str, ...]] = {}
    for start, end in zip(starts, [*(match.start() for match in starts[1:]), len(text)]):
        named = {f"CVE-{year}-{number}" for year, number in _CVE.findall(text[start.end() : end])}
        if named:
            cves[start[1]] = tuple(sorted(named | set(cves.get(start[1], ())), key=cve_order))
    return Changelog(cves, starts[-1][1]) if starts else None


def cve_order(cve: str) -> tuple[int, int]:
    """CVEs in their own order: by year, then by number."""
    _cve, year, number = cve.split("-")
    return int(year), int(number)
