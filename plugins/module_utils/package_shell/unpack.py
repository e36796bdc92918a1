# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are a folder: unpacked beside the one before, then its own installer is run in it."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ..config_set.model import ConfigSetError
from ..config_set.node import Tree
from ..config_set.tree import unpack
from ..intent.error import Problem
from ..package.error import PackageError
from ..package.sums import directory_sum

#: Of releases so many stay: the one in use and the one before, to which a run that fails goes back.
KEEP = 2
_LAST_LINES = 12
_LAST_BYTES = 8192
#: An installer that waits for an answer gets none, and is not waited for for ever.
_PATIENCE = 1800


def sum_of_files(archive: str) -> str:
    """Return the sum of a directory that comes as an archive, before anything of it is unpacked; links are in no such sum."""
    sums = {}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isdir():
                    continue
                source = tar.extractfile(member) if member.isreg() else None
                name = member.name[2:] if member.name.startswith("./") else member.name
                if source is None or name in sums:
                    raise PackageError([Problem("package", f"{member.name!r} is a link, or is there twice")])
                digest = hashlib.sha256()
                while block := source.read(1 << 20):
                    digest.update(block)
                sums[name] = digest.hexdigest()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise PackageError([Problem("package", f"cannot be read: {error}; run this again")]) from error
    return directory_sum(sums)


def release(archive: str, folder: Path, directory: bool) -> None:
    """Unpack to ``folder``. An archive's only folder at the top is left out."""
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for path in (folder.parent.parent, folder.parent, beside):
        path.chmod(0o755)  # whatever the umask is: the account of the package comes through here
    try:
        unpack(Tree(archive, None, 0, "root", "root"), str(beside), 0, 0)
        inside = list(beside.iterdir())
        top = inside[0] if not directory and len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink() else beside
        shutil.rmtree(folder, ignore_errors=True)
        top.rename(folder)
        os.utime(folder)  # when it came here, and not when its vendor made it: tidy goes by it
    except ConfigSetError as error:
        raise PackageError([Problem("package", str(error))]) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def install(command: str, creates: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Run the package's installer in its folder, without a terminal."""
    known = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", **environment}
    # a file and no pipe: what an installer leaves running keeps a pipe open, and we would wait for its end
    with tempfile.TemporaryFile() as output:
        try:
            code = _run(shlex.split(command), folder, known, output)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise PackageError([Problem("package.install", f"{command}: {error}")]) from error
        output.seek(max(0, output.seek(0, os.SEEK_END) - _LAST_BYTES))
        said = output.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
    if code:
        raise PackageError([Problem("package.install", f"{command} ended with {code}: {' / '.join(said)}")])
    if not Path(creates).exists():
        raise PackageError([Problem("package.creates", f"{command} ended well, but {creates} is not there")])


def _run(words: list[str], folder: Path, environment: Mapping[str, str], output: IO[bytes]) -> int:
    with subprocess.Popen(
        words,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(timeout=_PATIENCE)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def tidy(folder: Path, in_use: str = "") -> None:
    """Take away all but the newest releases; that in ``folder`` stays, and so do those that ``in_use`` names."""
    others = [path for path in folder.parent.iterdir() if path.is_dir() and path != folder]
    for path in sorted(others, key=lambda one: one.stat().st_mtime, reverse=True)[KEEP - 1 :]:
        if path.name not in in_use:
            shutil.rmtree(path, ignore_errors=True)
