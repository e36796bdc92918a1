# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that are a deb: apt installs it, with what it depends on out of the host's own package sources."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..intent.error import Problem
from ..package.error import PackageError

#: Asked by the maintainers' scripts before they start anything (invoke-rc.d); a service is started when it is configured.
_POLICY = Path("/usr/sbin/policy-rc.d")
_MARK = "# onprem.chat: nothing is started before it is configured"
_APT = (
    "apt-get --yes --quiet=2 --no-install-recommends --allow-downgrades --reinstall -o Dpkg::Options::=--force-confdef"
    " -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 install"
)


def _run(*words: str) -> tuple[int, str, str]:
    known = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, env=known, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(errors="replace").strip(), done.stderr.decode(errors="replace").strip()


def about(archive: str) -> tuple[str, str]:
    """Return name and version of a deb; raises PackageError when it is none."""
    code, said, wrong = _run("dpkg-deb", "--show", "--showformat=${Package} ${Version}", archive)
    name, _blank, version = said.partition(" ")
    if code or not version:
        raise PackageError([Problem("package.source", f"is no package of Debian: {wrong.splitlines()[-1] if wrong else said}")])
    return name, version


def installed(name: str) -> str:
    """Return the version of an installed package; empty when it is not, or not wholly, installed."""
    _code, said, _wrong = _run("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", name)
    status, _blank, version = said.partition(" ")
    return version if status == "installed" else ""


def install(archive: str, again: bool) -> None:
    """Install a deb; ``again`` says that an earlier try was cut off."""
    with _nothing_starts():
        if again:
            _run("dpkg", "--configure", "--pending", "--force-confdef", "--force-confold")
        code, said, wrong = _run(*_APT.split(), archive)
    if code:
        last = " / ".join((said.splitlines() + wrong.splitlines())[-8:])
        hint = "its dependencies have to be in the bundle: name them in packages of the package"
        raise PackageError([Problem("package.source", f"apt could not install it ({hint}): {last}")])


@contextmanager
def _nothing_starts() -> Iterator[None]:
    ours = not _POLICY.exists() or _MARK in _POLICY.read_text(encoding="utf-8", errors="replace")
    if ours:
        _POLICY.write_text(f"#!/bin/sh\n{_MARK}\nexit 101\n", encoding="utf-8")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _POLICY.unlink(missing_ok=True)
