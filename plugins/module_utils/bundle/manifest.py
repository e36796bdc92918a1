# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SHA256SUMS: the signed list of everything in a bundle, in the format of sha256sum(1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import BundleError

NAME = "SHA256SUMS"
SIGNATURES = ("SHA256SUMS.sshsig", "SHA256SUMS.asc")
NAMESPACE = "onprem-chat-bundle"
_LINE = re.compile(r"^([0-9a-f]{64})  ([A-Za-z0-9._+~@%=,/-]+)$")
# Packages and the proof of their origin are copied to a host as it needs them; the rest is for the control node.
NOT_ON_HOSTS = ("debian/pool/", "python/", "collections/", "operator/", "provenance/", "sbom/")


@dataclass(frozen=True)
class Manifest:
    """Path (relative, with slashes) to sha256 (hex) of every file that the signature covers."""

    sums: Mapping[str, str]

    def base(self) -> dict[str, str]:
        """What every host's copy needs before it is known which packages: path to sum."""
        return {path: digest for path, digest in self.sums.items() if not path.startswith(NOT_ON_HOSTS)}

    def below(self, folder: str) -> list[str]:
        """The files in a folder of the bundle, sorted."""
        return sorted(path for path in self.sums if path.startswith(f"{folder}/"))

    def problem(self, present: Iterable[str], copy: bool = False) -> str | None:
        """The first path that is there and should not be, or (unless it is a host's copy) the other way round."""
        found = {path for path in present if path not in (NAME, *SIGNATURES) and not path.startswith("parity/")}
        for path in sorted(found - self.sums.keys()):
            return f"{path} is not in {NAME}: somebody added it; take it away or copy the bundle again"
        for path in [] if copy else sorted(self.sums.keys() - found):
            return f"{path} is missing: the bundle was not copied to its end"
        return None


def parse_manifest(text: str) -> Manifest:
    """Read SHA256SUMS; raises BundleError naming each line that is no 'sum, two spaces, safe relative path'."""
    problems, sums = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if not match or not is_safe(match.group(2)):
            problems.append(f"{NAME} line {number}: not a sum and a relative path; the bundle is damaged, copy it again")
        elif match.group(2) in sums:
            problems.append(f"{NAME} line {number}: {match.group(2)} is listed twice; build the bundle again")
        else:
            sums[match.group(2)] = match.group(1)
    if not sums and not problems:
        problems.append(f"{NAME}: is empty; the bundle is damaged, copy it again")
    if problems:
        raise BundleError(problems)
    return Manifest(sums)


def is_safe(path: str) -> bool:
    """Whether a path is relative, plain and stays inside the bundle."""
    return bool(re.match(r"^[A-Za-z0-9._+~@%=,/-]+$", path)) and not any(part in ("", ".", "..") for part in path.split("/"))


def render_manifest(sums: Mapping[str, str]) -> str:
    """SHA256SUMS for these files; raises BundleError for a name that a stick or a shell could not carry."""
    problems = [f"{path}: a file of this name cannot be in a bundle; rename it" for path in sums if not is_safe(path)]
    if problems:
        raise BundleError(problems)
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
