# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What collectors bring to a bundle: paths in the bundle, and which part of it each belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .errors import BundleError
from .manifest import is_safe

VERIFIER = "verify.sh"
OPERATOR_LIST = "operator/operator.yml"
_OURS = re.compile(r"^(?:debian|keys|parity)(?:/|$)|^BUNDLE\.json$|^SHA256SUMS")
_LOCK = re.compile(r"^python/lock-(3\.\d+)\.txt$")


def check_parts(files: Mapping[str, str], evidence: Mapping[str, str]) -> None:
    """Raises BundleError for paths that cannot be in a bundle, that the seal makes itself, or that two collectors claim."""
    problems = []
    for path in sorted({*files, *evidence}):
        if not is_safe(path):
            problems.append(f"{path}: a file of this name cannot be in a bundle; rename it")
        elif _OURS.match(path):
            problems.append(f"{path}: is made by the seal itself; choose another place")
        elif path in files and path in evidence:
            problems.append(f"{path}: is given as content and as evidence; give it once")
    if VERIFIER not in files:
        problems.append(f"{VERIFIER}: is not among the files; a bundle that cannot be verified is none")
    if problems:
        raise BundleError(problems)


def mode(path: str) -> int:
    """The mode of a file: the scripts at the top are run, everything else is read."""
    return 0o755 if "/" not in path and path.endswith(".sh") else 0o644


def below(folder: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that lie in a top folder, without it, sorted."""
    return sorted(path.partition("/")[2] for path in paths if path.startswith(f"{folder}/"))


def python_versions(paths: Iterable[str]) -> tuple[str, ...]:
    """Versions of Python that there is a lock file for, oldest first."""
    found = [match.group(1) for match in map(_LOCK.match, paths) if match]
    return tuple(sorted(found, key=lambda version: int(version.partition(".")[2])))
