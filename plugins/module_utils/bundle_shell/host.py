# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's way to a bundle's packages, in the three steps that the control node asks for: status, plan, install."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.onprem.chat.plugins.module_utils.bundle import upgrade
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution, changes, difference
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import Package
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import NAME as ABOUT
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import Descriptor, parse_descriptor
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.installed import pending
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME as MANIFEST
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import Manifest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.provenance import folder as folder_of

from . import provenance
from .files import sha256, write
from .host_apt import HostApt, Request, space_problem
from .host_copy import HostCopy, require_files
from .units import active_units, bring_back, renew

LOCK_SECONDS = 600
MARGIN = 50_000_000
NOTHING = Solution((), ())
Answer = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """What the host shall have."""

    packages: tuple[str, ...]
    allow_removal: tuple[str, ...]
    allow_older: bool
    keep: int
    upgrade: bool = False


@dataclass
class Host:
    """The copy of the offered bundle and the host's apt; offered_manifest is the sum of the offered SHA256SUMS."""

    copy: HostCopy
    offered_manifest: str
    wish: Wish
    check_mode: bool
    warnings: list[str] = field(default_factory=list)

    def status(self) -> Answer:
        """Verify the copy that is here and say whether anything is left to do; on an unchanged host this is all that happens."""
        used = self.copy.in_use()
        self._refuse_serial(used)
        proof = folder_of(*self._machine())
        manifest = self._verified_copy(proof)
        if not self.check_mode:
            self.copy.clear(manifest)
        base = manifest is not None
        answer: Answer = {"changed": False, "base": base, "free": shutil.disk_usage(_existing(self.copy.root)).free}
        answer["provenance"] = proof
        if base:
            apt = self._apt(self.copy.path)
            answer["current"] = used == self.copy.serial and not self._is_wanting(apt) and apt.is_switched()
        return answer

    def plan(self, incoming: Path | None) -> Answer:
        """Verify what arrived, then say which packages would change and which files are missing for it.

        In check mode what arrived is only looked at; else it becomes the host's copy.
        """
        if self.check_mode:
            folder = incoming or self.copy.path
            manifest = self.copy.at(folder).verify()
        else:
            folder = self.copy.path
            manifest = self.copy.start(incoming) if incoming else self.copy.verify()
        apt = self._apt(folder)
        offered = apt.offered()
        wanting = self._is_wanting(apt)
        if wanting:
            self.warnings += provenance.check(self.copy.trust.run, folder, apt.suite, apt.sums())
        solution = self._simulate(apt) if wanting else NOTHING
        self._refuse_removals(solution)
        self._say_what_stays(apt, solution)
        answer: Answer = {"changed": True, **_outcome(solution), "diff": difference(solution), "missing": []}
        if self._is_all_that_can_be(apt, solution):
            return {**answer, "changed": False, "current": True}
        if not self.check_mode:
            chosen = [offered[step.name] for step in solution.installs]
            answer["missing"] = self.copy.reuse(manifest, [_path(package) for package in chosen])
            self._require_space(chosen, set(answer["missing"]))
            self._write_down(self._begin(solution))
        return answer

    def install(self, incoming: Path | None, wanted: list[str]) -> Answer:
        """Take in what arrived, each file by its signed sum, point apt at the copy and install.

        The rest of the copy was verified by the steps before.
        """
        altered = self.copy.adopt(self.copy.signed(), incoming) if incoming else []
        if altered:
            raise BundleError(
                f"{', '.join(altered[:3])} arrived altered on this host: its content is not what was signed; run again"
            )
        require_files(self.copy.path, wanted)
        apt = self._apt(self.copy.path)
        self.copy.use(self.wish.keep)
        apt.switch()
        before, run = apt.installed().versions, self.copy.trust.run
        running = active_units(run)
        if self._is_wanting(apt):
            apt.install(self._request(apt))
        after = apt.installed()
        if after.unfinished:
            raise BundleError(f"dpkg left {', '.join(after.unfinished[:5])} unfinished; /var/log/dpkg.log on the host says why")
        restarted = bring_back(run, running)
        if self.moves_all:
            restarted += [unit for unit in renew(run) if unit not in restarted]
        self._write_down(self._finish(before, after.versions))
        return {
            "changed": True,
            "restarted": restarted,
            "installed": {name: version for name, version in after.versions.items() if name not in before},
            "upgraded": {name: new for name, new in after.versions.items() if before.get(name, new) != new},
            "removed": sorted(name for name in before if name not in after.versions),
        }

    def _verified_copy(self, proof: str) -> Manifest | None:
        path = self.copy.path / MANIFEST
        if not path.is_file() or sha256(path) != self.offered_manifest:
            return None
        try:
            manifest = self.copy.verify()
            lost = [name for name in (*manifest.base(), *manifest.below(proof)) if not (self.copy.path / name).is_file()]
            if lost:
                raise BundleError(f"{lost[0]} is missing")
            return manifest
        except BundleError as error:
            self.warnings.append(f"the copy of the bundle on this host was no longer what was signed ({error}); it is made anew")
            return None

    @property
    def moves_all(self) -> bool:
        """Whether services shall run the new libraries at once, not from their next start on."""
        return self.wish.upgrade

    def _refuse_serial(self, used: int | None) -> None:
        if used is not None and used > self.copy.serial and not self.wish.allow_older:
            offered = f"the offered one is older ({self.copy.serial})"
            raise BundleError(f"this host uses bundle {used}, {offered}; playbooks/rollback.yml goes back")

    def _is_wanting(self, apt: HostApt) -> bool:
        installed, offered = apt.installed(), versions(apt)
        newer = upgrade.upgradable(installed, offered) if self.wish.upgrade else []
        return bool(pending(self.wish.packages, installed, offered) or newer or installed.unfinished or self._was_cut_off())

    def _was_cut_off(self) -> bool:
        """An upgrade to this bundle began, and its last step, the services, has not been done."""
        record = self.record()
        return self.wish.upgrade and record is not None and (record.state, record.target) == (upgrade.STARTED, self.copy.serial)

    def _request(self, apt: HostApt) -> Request:
        return Request(self.wish.packages, "dist-upgrade" if self.wish.upgrade else "install")

    def _simulate(self, apt: HostApt) -> Solution:
        with tempfile.TemporaryDirectory(prefix="onprem-chat-") as scratch:
            return apt.simulate(self._request(apt), Path(scratch))

    def _say_what_stays(self, apt: HostApt, solution: Solution) -> None:
        """What an upgrade cannot bring to the bundle's version; rare, for lockstep siblings travel along."""
        moved = {step.name for step in (*solution.installs, *solution.removals)}
        newer = upgrade.upgradable(apt.installed(), versions(apt)) if self.wish.upgrade else []
        stays = [name for name in newer if name not in moved]
        if stays:
            self.warnings.append(f"apt keeps {', '.join(stays)} back: what the newer version needs is not in the bundle")

    def _is_all_that_can_be(self, apt: HostApt, solution: Solution) -> bool:
        """Nothing is left but what apt keeps back."""
        rest = solution == NOTHING and not apt.installed().unfinished and not self._was_cut_off()
        return self.wish.upgrade and rest and self.copy.in_use() == self.copy.serial and apt.is_switched()

    def record(self) -> upgrade.Record | None:
        """What the last upgrade changed; one that cannot be read does not stand in the way forwards."""
        try:
            return read_record(self.copy.root)
        except BundleError as error:
            if str(error) not in self.warnings:
                self.warnings.append(str(error))
            return None

    def _write_down(self, record: upgrade.Record | None) -> None:
        if record is not None:
            write(self.copy.root / upgrade.NAME, upgrade.render_record(record))

    def _begin(self, solution: Solution) -> upgrade.Record | None:
        return upgrade.begin(self.record(), self.copy.in_use(), self.copy.serial, solution)

    def _finish(self, before: Mapping[str, str], after: Mapping[str, str]) -> upgrade.Record | None:
        record = self.record()
        return upgrade.finish(record, before, after) if record and record.state == upgrade.STARTED else None

    def _refuse_removals(self, solution: Solution) -> None:
        unwanted = [step.name for step in solution.forbidden(self.wish.allow_removal)]
        if unwanted:
            raise BundleError(
                f"installing would remove {', '.join(unwanted)} from this host; allow it in offline_source_allow_removal, "
                "or build the bundle with newer versions of them (offline_bundle_extra_packages)"
            )

    def _require_space(self, chosen: list[Package], missing: set[str]) -> None:
        arrives = sum(package.size for package in chosen if _path(package) in missing)
        grows = sum(package.installed_size for package in chosen) * 1024
        problem = space_problem({str(self.copy.root): arrives + MARGIN, "/usr": grows, "/var/lib/dpkg": MARGIN})
        if chosen and problem:
            raise BundleError(problem)

    def _apt(self, folder: Path) -> HostApt:
        about = parse_descriptor((folder / ABOUT).read_text(encoding="utf-8"))
        self._raise_clock(about)
        codename, architecture = self._machine()
        return HostApt(self.copy.trust.run, folder, about.suite_for(codename, architecture), architecture)

    def _machine(self) -> tuple[str, str]:
        release = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
        codename = next(
            (line.partition("=")[2].strip('"') for line in release if line.startswith("VERSION_CODENAME=")), "unknown"
        )
        return codename, self.copy.trust.run(["dpkg", "--print-architecture"])[1].strip()

    def _raise_clock(self, about: Descriptor) -> None:
        """A clock before the bundle's making is wrong for certain, and apt would call the bundle unsigned.

        The SSH signature has been verified by now, which does not mind the clock.
        """
        now = int(time.time())
        if now >= about.epoch or self.check_mode:
            return
        said = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
        code, _out, err = self.copy.trust.run(["date", "-s", f"@{about.epoch}"])
        if code:
            raise BundleError(
                f"the clock of this host says {said}, before the bundle was made, and could not be set ({err.strip()})"
            )
        self.warnings.append(f"the clock of this host said {said}, before the bundle was made; it was set to the bundle's time")


def _outcome(solution: Solution) -> Answer:
    return {
        "installed": {step.name: step.after for step in solution.installs if step.before is None},
        "upgraded": {step.name: step.after for step in solution.installs if step.before is not None},
        "removed": sorted(step.name for step in solution.removals),
        "changes": changes(solution),
    }


def versions(apt: HostApt) -> dict[str, str]:
    """What the copy has: name to version."""
    return {name: package.version for name, package in apt.offered().items()}


def read_record(root: Path) -> upgrade.Record | None:
    """The record below the folder of copies."""
    path = root / upgrade.NAME
    return upgrade.parse_record(path.read_text(encoding="utf-8")) if path.is_file() else None


def _path(package: Package) -> str:
    return f"debian/{package.field('Filename')}"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """One run at a time on a host; one that was killed on the control node may still be at work here."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a") as stream:
        for attempt in range(LOCK_SECONDS):
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if attempt == LOCK_SECONDS - 1:
                    raise BundleError(
                        "another run has been at work on this host for ten minutes; wait for it or end it"
                    ) from error
                time.sleep(1)
        os.fchmod(stream.fileno(), 0o600)
        yield
