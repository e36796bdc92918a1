# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from a package back to Debian's own signature: InRelease names Packages.xz by its sum, which names packages by theirs.

provenance/debian/SUITE/ARCHITECTURE/POCKET/ holds a pocket's InRelease and, in the place that it names, Packages.xz, both to the
bit as Debian publishes them. So the sum of a file in the bundle is the one that Debian signed, and nothing is packed twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import BundleError

FOLDER = "provenance/debian"
RELEASE = "InRelease"
INDEX = "Packages.xz"
_POCKETS = ("", "-security", "-updates", "-backports")
_CLEAR = re.compile(
    r"\A-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: [^\n]*\n)*\n(.*?)\n"
    r"(-----BEGIN PGP SIGNATURE-----\n.*?\n-----END PGP SIGNATURE-----\n)\Z",
    re.DOTALL,
)
_SUM = re.compile(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", re.MULTILINE)
_FIELD = b"\nSHA256: "


def pockets(suite: str) -> tuple[str, ...]:
    """The parts of Debian's archive that packages for a suite may come from, the one with most of them first."""
    return tuple(suite + ending for ending in _POCKETS)


def folder(suite: str, architecture: str) -> str:
    """Where the provenance for one kind of host lies."""
    return f"{FOLDER}/{suite}/{architecture}"


@dataclass(frozen=True)
class Signed:
    """A clear-signed text: what was signed, without the last line break, and the armored signature."""

    text: str
    signature: str


def split_clear_signed(content: str) -> Signed:
    """Take a clear-signed text apart (RFC 9580, section 7); raises BundleError when anything is before, after or between.

    What is not returned was not signed, so nothing planted around the signed text is ever read.
    """
    match = _CLEAR.match(content)
    if not match:
        raise BundleError("is not one signed text and nothing else")
    return Signed(re.sub(r"^- ", "", match.group(1), flags=re.MULTILINE), match.group(2))


@dataclass(frozen=True)
class Release:
    """What a pocket's InRelease says: its name, and file (relative to the pocket) to sha256."""

    codename: str
    sums: Mapping[str, str]


def parse_release(text: str) -> Release:
    """Read the signed text of an InRelease."""
    codename = re.search(r"^Codename: (\S+)$", text, re.MULTILINE)
    return Release(codename.group(1) if codename else "", {path: digest for digest, path in _SUM.findall(text)})


def release_problem(release: Release, suite: str, pocket: str) -> str | None:
    """Why this InRelease says nothing about packages for the suite: Debian signs many, of other releases too."""
    if release.codename != pocket or pocket not in pockets(suite):
        return f"is the one of {release.codename or 'no release'}, which says nothing about packages for {suite}"
    return None


def find_sums(wanted: Iterable[str], pieces: Iterable[bytes]) -> set[str]:
    """Which of the sums are those of packages in an index, which comes in pieces; stops reading when all are found."""
    missing, found, rest = set(wanted), set[str](), b"\n"
    for piece in pieces if missing else ():
        whole, line_break, rest = (rest + piece).rpartition(b"\n")
        sums = {part[:64].decode(errors="replace") for part in (whole + line_break).split(_FIELD)[1:] if part[64:65] == b"\n"}
        found |= missing & sums
        missing -= sums
        rest = line_break + rest
        if not missing:
            break
    return found


def choose(wanted: Mapping[str, str], offers: Iterable[tuple[str, Iterable[bytes]]]) -> list[str]:
    """The offers (name, index in pieces) that are needed to prove all packages (sum to name), in their order.

    Raises BundleError naming packages that none of them holds.
    """
    left, chosen = dict(wanted), []
    for name, pieces in offers:
        found = find_sums(left, pieces)
        if found:
            chosen.append(name)
        left = {digest: package for digest, package in left.items() if digest not in found}
    if left:
        raise BundleError(f"{', '.join(sorted(left.values())[:3])}: in no index of Debian's that is here; build again")
    return chosen
