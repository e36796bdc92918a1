# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are a folder: unpacked beside the one before, then its own installer is run in it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ..bundle_shell.files import sha256 as file_sum
from ..config_set.model import ConfigSetError
from ..config_set.node import Tree
from ..config_set.tree import unpack
from ..intent.error import Problem
from ..package.error import PackageError
from ..package.sums import directory_sum

#: Of releases so many stay: the one in use and the one before, to which a run that fails goes back.
KEEP = 2
_LAST_LINES = 12
#: An installer that waits for an answer gets none, and is not waited for for ever.
_PATIENCE = 1800


def release(archive: str, folder: Path, sha256: str, directory: bool) -> None:
    """Unpack to ``folder``; of a directory the sum is that of its files. An archive's only folder at the top is left out."""
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o755)
    try:
        unpack(Tree(archive, None, 0, "root", "root"), str(beside), 0, 0)
    except ConfigSetError as error:
        raise PackageError([Problem("package", str(error))]) from error
    if directory:
        found = directory_sum({str(path.relative_to(beside)): file_sum(path) for path in beside.rglob("*") if path.is_file()})
        if found != sha256:
            raise PackageError([Problem("package.sha256", f"what arrived has the sum {found} and not {sha256}; run this again")])
    inside = list(beside.iterdir())
    top = inside[0] if not directory and len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink() else beside
    shutil.rmtree(folder, ignore_errors=True)
    top.rename(folder)
    shutil.rmtree(beside, ignore_errors=True)


def install(command: str, creates: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the package's installer in its folder, without a terminal."""
    known = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", **environment}
    words = shlex.split(command)
    try:
        done = subprocess.run(
            words, cwd=folder, env=known, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise PackageError([Problem("package.install", f"{command}: {error}")]) from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
        raise PackageError([Problem("package.install", f"{command} ended with {done.returncode}: {' / '.join(said)}")])
    if not Path(creates).exists():
        raise PackageError([Problem("package.creates", f"{command} ended well, but {creates} is not there")])


def tidy(folder: Path) -> None:
    """Take away all but the newest releases; that in ``folder`` stays."""
    others = [path for path in folder.parent.iterdir() if path.is_dir() and path != folder]
    for path in sorted(others, key=lambda one: one.stat().st_mtime, reverse=True)[KEEP - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
