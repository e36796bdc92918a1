# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An isolated apt root: the connected machine solves for a suite that need not be its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .errors import BundleError

RELEASES = {"bookworm": "12", "trixie": "13"}
# The parts of a suite that packages come from: as it was at its last point release, what came since, security updates.
POCKETS = ("release", "updates", "security")
_DEBIAN_SUITE = re.compile(
    r"^(?:bullseye|bookworm|trixie|forky|sid|stable|oldstable|oldoldstable|testing|unstable)(?:-updates|-security|-backports|/updates)?$"
)
_SETTING = re.compile(r"^Acquire::|^Acquire ")


def root_name(suite: str, architecture: str) -> str:
    """Folder of a suite's apt root and index below CACHE/apt; amd64 has no suffix, since most builders never know another."""
    return suite if architecture == "amd64" else f"{suite}-{architecture}"


@dataclass(frozen=True)
class Mirrors:
    """Where the archive and its security updates come from."""

    archive: str
    security: str


def parse_mirrors(text: str, archive: str = "", security: str = "") -> Mirrors:
    """Mirrors out of lines 'URI RELEASE' (apt-get indextargets), given ones winning; raises BundleError when one is missing."""
    found = {"archive": archive, "security": security}
    for line in text.splitlines():
        uri, _space, release = line.strip().partition(" ")
        if _DEBIAN_SUITE.match(release):
            kind = "security" if release.endswith(("-security", "/updates")) else "archive"
            found[kind] = found[kind] or uri.rstrip("/")
    problems = [
        f"offline_bundle_{kind}_mirror: this machine's apt names no Debian {kind} mirror; set it"
        for kind in found
        if not found[kind]
    ]
    if problems:
        raise BundleError(problems)
    return Mirrors(found["archive"], found["security"])


@dataclass(frozen=True)
class AptRoot:
    """One suite's isolated apt root below a folder."""

    path: str
    suite: str
    architecture: str
    mirrors: Mirrors
    keyring: str
    components: tuple[str, ...] = ("main",)
    backports: tuple[str, ...] = field(default=())
    pockets: tuple[str, ...] = POCKETS

    def __post_init__(self) -> None:
        problems = []
        if self.suite not in RELEASES:
            problems.append(f"offline_bundle_suites: {self.suite} is not supported ({', '.join(RELEASES)})")
        problems += [
            f"offline_bundle_pockets: {name} is none of {', '.join(POCKETS)}" for name in self.pockets if name not in POCKETS
        ]
        if "release" not in self.pockets:
            problems.append("offline_bundle_pockets: release has to be among them, the others only add to it")
        if re.search(r'["\s;{}]', self.path):
            problems.append(f"offline_bundle_cache: {self.path!r} must hold no spaces or quotes, apt could not read it")
        if problems:
            raise BundleError(problems)

    def sources(self) -> str:
        """The sources.list: the wanted pockets, and backports only where packages are wanted from there."""
        places = {
            "release": (self.mirrors.archive, self.suite),
            "updates": (self.mirrors.archive, f"{self.suite}-updates"),
            "security": (self.mirrors.security, f"{self.suite}-security"),
        }
        pockets = [place for name, place in places.items() if name in self.pockets]
        if self.backports:
            pockets.append((self.mirrors.archive, f"{self.suite}-backports"))
        return "".join(
            f"deb [arch={self.architecture} signed-by={self.keyring}] {uri} {name} {' '.join(self.components)}\n"
            for uri, name in pockets
        )

    def preferences(self) -> str:
        """Pins: backports stay at their low priority except for the named packages (apt_preferences(5) patterns)."""
        if not self.backports:
            return ""
        return f"Package: {' '.join(self.backports)}\nPin: release n={self.suite}-backports\nPin-Priority: 990\n"

    def configuration(self, machine: str) -> str:
        """The apt.conf for APT_CONFIG; machine is `apt-config dump`, of which only how to fetch (Acquire, so proxies) is kept."""
        kept = [line for line in machine.splitlines() if _SETTING.match(line)]
        own: Mapping[str, str] = {
            "APT::Architecture": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Install-Suggests": "false",
            "APT::Sandbox::User": "root",
            "APT::Get::List-Cleanup": "true",
            "Acquire::ForceHash": "SHA256",
            "Acquire::GzipIndexes": "false",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::sourcelist": f"{self.path}/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": f"{self.path}/preferences",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": f"{self.path}/state",
            "Dir::State::status": f"{self.path}/state/status",
            "Dir::Cache": f"{self.path}/cache",
            "Dir::Log": f"{self.path}/log",
        }
        lists = {"APT::Architectures": [self.architecture], "Acquire::Languages": ["none"]}
        lines = [*kept, *(f"{key} {_quote(value)};" for key, value in own.items())]
        for key, values in lists.items():
            lines += [f"#clear {key};", f"{key} {{ {' '.join(_quote(v) + ';' for v in values)} }};"]
        return "\n".join(lines) + "\n"


def _quote(value: str) -> str:
    return f'"{value}"'


def wanted_names(packages: Iterable[str]) -> list[str]:
    """Package names, sorted and once each; raises BundleError for what is no Debian package name."""
    names = sorted(set(packages))
    problems = [
        f"offline_bundle_packages: {name!r} is no Debian package name"
        for name in names
        if not re.match(r"^[a-z0-9][a-z0-9.+-]+$", name)
    ]
    if not names:
        problems.append("offline_bundle_packages: the list is empty; name what the hosts need")
    if problems:
        raise BundleError(problems)
    return names
