# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that the operator puts in: what was promised of each against what is there, and the list that goes along."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BundleError
from .manifest import is_safe

LIST = "operator.yml"
UNKNOWN = "unknown"
_KEYS = frozenset({"name", "size", "sha256", "licence", "description"})


@dataclass(frozen=True)
class Promise:
    """One entry of the operator's list; size in bytes and sha256 (hex) are None when nothing was said of them."""

    name: str
    size: int | None = None
    sha256: str | None = None
    licence: str = UNKNOWN
    description: str = ""


@dataclass(frozen=True)
class Found:
    """A file as it is."""

    size: int
    sha256: str


def parse_promises(data: Any) -> tuple[Promise, ...]:
    """Read the content of operator.yml, a mapping with files; raises BundleError with every entry that is none."""
    rows = data.get("files") if isinstance(data, Mapping) else None
    if not isinstance(rows, list):
        raise BundleError(f"{LIST}: needs 'files', a list with name, size, sha256 and licence of each file")
    problems: list[str] = []
    promises: list[Promise] = []
    for number, row in enumerate(rows):
        place = f"{LIST}: files[{number}]"
        fault = _fault(row)
        if fault:
            problems.append(f"{place}: {fault}")
        elif row["name"] in {promise.name for promise in promises}:
            problems.append(f"{place}: {row['name']} is listed twice")
        else:
            promises.append(Promise(**row))
    if problems:
        raise BundleError(problems)
    return tuple(promises)


def _fault(row: Any) -> str | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not is_safe(row["name"]):
        return "needs a name that is a plain file name"
    unknown = sorted(str(key) for key in row if key not in _KEYS)
    if unknown:
        return f"{row['name']}: {', '.join(unknown)} is not known ({', '.join(sorted(_KEYS))})"
    size, digest = row.get("size"), row.get("sha256")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        return f"{row['name']}: size {size!r} is no number of bytes"
    if digest is not None and not re.match(r"^[0-9a-f]{64}$", str(digest)):
        return f"{row['name']}: sha256 {digest!r} is no such sum"
    texts = [key for key in ("licence", "description") if not isinstance(row.get(key, ""), str)]
    return f"{row['name']}: {texts[0]} is no text" if texts else None


def check(promises: Iterable[Promise], found: Mapping[str, Found]) -> None:
    """Hold the folder against the list; raises BundleError with every file that is missing, altered or not listed."""
    listed = {promise.name: promise for promise in promises}
    problems = [f"{name}: is in {LIST} and not in the folder; put it there" for name in sorted(listed.keys() - found.keys())]
    problems += [
        f"{name}: is in the folder and not in {LIST}; list it or take it away" for name in sorted(found.keys() - listed.keys())
    ]
    for name in sorted(listed.keys() & found.keys()):
        promise, there = listed[name], found[name]
        if promise.size is not None and promise.size != there.size:
            problems.append(f"{name}: has {there.size} bytes, {LIST} says {promise.size}; fetch it again or correct the list")
        elif promise.sha256 is not None and promise.sha256 != there.sha256:
            problems.append(f"{name}: its sha256 is {there.sha256}, {LIST} says otherwise; fetch it again or correct the list")
    if problems:
        raise BundleError([f"offline_bundle_operator: {problem}" for problem in problems])


def render_list(promises: Iterable[Promise], found: Mapping[str, Found]) -> str:
    """operator.yml as it goes into the bundle: every file with all that is known (JSON's quoting is YAML's too)."""
    lines = ["---", "# Files that the operator put into this bundle", "files:"]
    for promise in sorted(promises, key=lambda item: item.name):
        there = found[promise.name]
        lines += [f"  - name: {json.dumps(promise.name)}", f"    size: {there.size}", f"    sha256: {there.sha256}"]
        lines.append(f"    licence: {json.dumps(promise.licence)}")
        if promise.description:
            lines.append(f"    description: {json.dumps(promise.description)}")
    return "\n".join(lines) + "\n"
