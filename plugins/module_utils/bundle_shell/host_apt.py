# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt and dpkg on a host, with the bundle's copy as their only source."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle import switch
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution, failures, parse_simulation
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package, parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.installed import Installed, parse_status
from ansible_collections.onprem.chat.plugins.module_utils.bundle.repository import index_folder

from .apt import last_words
from .files import write
from .units import active_units
from .verify import Run

LISTS = Path("/var/lib/apt/lists")
DPKG = Path("/var/lib/dpkg")
POLICY = Path("/usr/sbin/policy-rc.d")
SAVED_POLICY = Path("/usr/sbin/policy-rc.d.onprem-chat-saved")
LOCK_SECONDS = 300
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBCONF_NONINTERACTIVE_SEEN": "true",
    "APT_LISTCHANGES_FRONTEND": "none",
    "NEEDRESTART_SUSPEND": "1",
    "UCF_FORCE_CONFFOLD": "1",
}
_LOCKED = re.compile(r"(?i)could not (?:get|open) lock|unable to (?:lock|acquire)|locked by")
INSTALL = ("-q", "-y", "-f", "--no-install-recommends")
DPKG_OPTIONS = (
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
    "-o",
    "Dpkg::Options::=--force-unsafe-io",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    f"DPkg::Lock::Timeout={LOCK_SECONDS}",
)


@dataclass(frozen=True)
class Request:
    """What apt-get is asked for: packages beside what it works out by itself, options, and apt_preferences(5) for this once."""

    packages: tuple[str, ...]
    verb: str = "install"
    options: tuple[str, ...] = ()
    preferences: str = ""


class HostApt:
    """One suite of one copy, as the host's apt sees it."""

    def __init__(self, run: Run, copy: Path, suite: str, architecture: str) -> None:
        self._run = run
        self.copy = copy
        self.suite = suite
        self.architecture = architecture

    def index(self) -> list[Package]:
        """The packages of the bundle for this suite."""
        path = self.copy / "debian/dists" / self.suite / index_folder(self.architecture) / "Packages"
        return parse_index(path.read_text(encoding="utf-8"))

    def offered(self) -> dict[str, Package]:
        """The same by name."""
        return {package.name: package for package in self.index()}

    def sums(self) -> dict[str, str]:
        """Every file that apt could take from the bundle, two of one name too: sum to path."""
        return {package.sha256: f"debian/{package.field('Filename')}" for package in self.index()}

    def installed(self) -> Installed:
        """What dpkg says is there."""
        found = parse_status((DPKG / "status").read_text(encoding="utf-8"), self.architecture)
        if found.unfinished or not any((DPKG / "updates").iterdir()):
            return found
        return Installed(found.versions, ("dpkg",), found.held)

    def is_switched(self) -> bool:
        """Whether apt sees this copy and nothing else, with the copy's index read in."""
        if not all(path.is_file() and path.read_text() == text for path, text in self._switch_files().items()):
            return False
        kept = LISTS / switch.list_name(os.fspath(self.copy), self.suite)
        return kept.is_file() and kept.read_bytes() == (self.copy / "debian/dists" / self.suite / "InRelease").read_bytes()

    def _switch_files(self) -> dict[Path, str]:
        sources = switch.render_sources(os.fspath(self.copy), self.suite, self.architecture)
        return {Path(switch.SOURCES): sources, Path(switch.CONFIGURATION): switch.render_configuration()}

    def switch(self) -> bool:
        """Hide every other source and read the copy's index in; tells whether anything changed."""
        if self.is_switched():
            return False
        for path, text in self._switch_files().items():
            write(path, text)
        self._update("-o", "APT::Update::Error-Mode=any")
        return True

    def simulate(self, request: Request, scratch: Path) -> Solution:
        """What it would do, found out in a scratch folder without touching the host's apt."""
        for folder in ("lists/partial", "cache/archives/partial"):
            (scratch / folder).mkdir(parents=True, exist_ok=True)
        write(scratch / "sources.list", switch.render_sources(os.fspath(self.copy), self.suite, self.architecture, trusted=True))
        options = []
        for key, value in {
            "Dir::Etc::sourcelist": scratch / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": scratch / "lists",
            "Dir::Cache": scratch / "cache",
            "Debug::NoLocking": "1",
        }.items():
            options += ["-o", f"{key}={value}"]
        self._update(*options)
        return parse_simulation(self._apt(request.verb, "-s", *INSTALL, *options, *self._asked(request, scratch)))

    def install(self, request: Request) -> None:
        """Finish what a killed run left, then do all of it in one transaction while no new daemon may start."""
        self._hold_daemons()
        try:
            if self.installed().unfinished:
                self._finish()
            with tempfile.TemporaryDirectory(prefix="onprem-chat-") as scratch:
                self._apt(request.verb, *INSTALL, *DPKG_OPTIONS, *self._asked(request, Path(scratch)))
        finally:
            release_daemons()

    def _asked(self, request: Request, scratch: Path) -> list[str]:
        """Options and packages; preferences of the host's own stay out of it only where the request has some."""
        if not request.preferences:
            return [*request.options, *request.packages]
        write(scratch / "preferences", request.preferences)
        own = ["-o", f"Dir::Etc::preferences={scratch}/preferences", "-o", "Dir::Etc::preferencesparts=/dev/null"]
        return [*own, *request.options, *request.packages]

    def _finish(self) -> None:
        """dpkg --configure -a, and what was torn unpacked again; what they cannot do, the installation that follows repairs.

        apt itself may begin with configuring a torn package, which dpkg refuses for ever. The first call also takes in what dpkg
        had noted beside its status when it was killed: which package it was at can stand there alone.
        """
        self._dpkg("--configure", "-a")
        offered = self.offered()
        debs = [self.copy / "debian" / offered[name].field("Filename") for name in self.installed().torn if name in offered]
        there = [os.fspath(path) for path in debs if path.is_file()]
        if there:
            self._dpkg("--auto-deconfigure", "--unpack", *there)
            self._dpkg("--configure", "-a")

    def _dpkg(self, *arguments: str) -> None:
        for _attempt in range(LOCK_SECONDS):
            code, out, err = self._run(["dpkg", "--force-confdef", "--force-confold", *arguments], environ_update=ENVIRONMENT)
            if code == 0 or _LOCKED.search(out + err) is None:
                return
            time.sleep(1)

    def _hold_daemons(self) -> None:
        release_daemons()
        units = active_units(self._run)
        if POLICY.exists():
            POLICY.replace(SAVED_POLICY)
        write(POLICY, switch.render_policy(units), 0o755)

    def _update(self, *options: str) -> None:
        """Read the index in; a boot's own apt-get update may be at it just now, and without internet it takes its time."""
        for attempt in range(LOCK_SECONDS):
            try:
                self._apt("update", "-q", *options)
                return
            except BundleError as error:
                if _LOCKED.search(str(error)) is None or attempt == LOCK_SECONDS - 1:
                    raise
                time.sleep(1)

    def _apt(self, *arguments: str) -> str:
        code, out, err = self._run(["apt-get", "-o", "APT::Sandbox::User=root", *arguments], environ_update=ENVIRONMENT)
        if code:
            said = "; ".join([*failures(f"{out}\n{err}")[:2], last_words(out, err)])
            raise BundleError(f"apt-get {arguments[0]}: {said}")
        return out


def release_daemons() -> None:
    """Take our policy-rc.d away, one that a killed run left too, and bring back the one that was there before."""
    if POLICY.is_file() and "onprem-chat" in POLICY.read_text(errors="replace"):
        POLICY.unlink()
    if SAVED_POLICY.exists():
        SAVED_POLICY.replace(POLICY)


def space_problem(needs: dict[str, int]) -> str | None:
    """Says what is lacking where; needs is folder to bytes, folders on one file system are added up."""
    wanted: dict[int, tuple[list[str], int]] = {}
    for folder, size in needs.items():
        there = next(path for path in (Path(folder), *Path(folder).parents) if path.exists())
        names, sum_ = wanted.get(there.stat().st_dev, ([], 0))
        wanted[there.stat().st_dev] = ([*names, folder], sum_ + size)
    for names, size in wanted.values():
        there = next(path for path in (Path(names[0]), *Path(names[0]).parents) if path.exists())
        free = shutil.disk_usage(there).free
        if free < size:
            return f"{' and '.join(names)}: needs {size // 1_000_000} MB, has {free // 1_000_000} MB free; make room on this host"
    return None
