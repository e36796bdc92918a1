#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages from a bundle and from nothing else."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: offline_packages
short_description: Install packages on a host from a signed bundle and from nothing else
version_added: 0.1.0
description:
  - Makes sure that a host has a verified copy of a bundle, that its apt sees that copy alone, and that packages are installed from it.
  - The control node reads O(bundle) and verifies it. The host gets the signed manifest and the package index first, verifies them, and works
    out what it lacks. Only those packages are sent. Nothing is installed before every byte on the host has been held against the signature.
  - An unchanged host costs one round trip, in which its copy is verified again.
  - While packages are installed, no daemon starts that did not run before. Its role does that once it has configured it.
  - A run that was killed at any point is completed by the next one.
author:
  - The onprem.chat maintainers (@onprem)
options:
  state:
    description:
      - V(present) installs from the bundle.
      - V(absent) gives the host its own package sources back. Packages and the copy of the bundle stay.
    type: str
    choices: [present, absent]
    default: present
  bundle:
    description: The bundle's folder on the control node, or the folder of bundles, whose V(latest) is taken. Required for O(state=present).
    type: path
  signers:
    description:
      - Who may sign, the text of the V(.signers) file that was made with the bundle's key. Required for O(state=present).
      - It must come from the inventory and never from where the bundle comes from.
    type: str
  packages:
    description: Names of the packages to install.
    type: list
    elements: str
    default: []
  root:
    description: Folder on the host for copies of bundles. V(ROOT/bundle) links to the one in use.
    type: path
    default: /srv/onprem-chat
  allow_removal:
    description: Packages that may be removed for it. Any other removal is refused before anything changes.
    type: list
    elements: str
    default: [systemd-timesyncd]
  allow_older:
    description: Accept a bundle that is older than the one the host uses.
    type: bool
    default: false
  keep:
    description: Number of copies to keep on the host, the one in use included.
    type: int
    default: 2
attributes:
  check_mode:
    support: full
    description: Exact on a fresh host too. The bundle's index is sent to a temporary folder, the host's apt works out what it would do, and the folder is removed.
  diff_mode:
    support: full
    description: Shows the packages that change, with their versions.
  idempotent:
    support: full
    description: The second run changes nothing.
  platform:
    support: full
    description: Hosts with apt.
    platforms: debian
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Install from the bundle
  onprem.chat.offline_packages:
    bundle: /media/stick/bundle-2026112101
    signers: "{{ lookup('ansible.builtin.file', 'bundle-key.signers') }}"
    packages: [chrony, ejabberd]

- name: Give the host its own sources back
  onprem.chat.offline_packages:
    state: absent
"""

RETURN = r"""
serial:
  description: Serial of the bundle.
  returned: when state is present
  type: int
copy:
  description: The verified copy on the host.
  returned: when state is present
  type: str
installed:
  description: Packages that were installed anew, name to version.
  returned: when state is present
  type: dict
upgraded:
  description: Packages that were replaced by a newer version, name to the new version.
  returned: when state is present
  type: dict
removed:
  description: Packages that were removed.
  returned: when state is present
  type: list
  elements: str
sent:
  description: Bytes that were sent to the host.
  returned: when something was sent
  type: int
"""

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import NAME as ABOUT
from ansible_collections.onprem.chat.plugins.module_utils.bundle.descriptor import Descriptor, parse_descriptor
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.installed import pending
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME as MANIFEST
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell import host_apt
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import HostCopy, Trust, require_files

LOCK_SECONDS = 600


class Host:
    """One call on the host; the action plugin decides which step it is."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        offer = module.params["_offer"]
        self.serial = int(offer["serial"])
        self.offer = offer
        trust = Trust(module.run_command, offer["verifier"], module.params["signers"])
        self.copy = HostCopy(Path(module.params["root"]), self.serial, trust)
        self.warnings: list[str] = []

    # status: is there anything to do? -----------------------------------------------------------------------------
    def status(self) -> dict:
        """What the host lacks; on an unchanged host this is all that happens."""
        used = self.copy.in_use()
        if used is not None and used > self.serial and not self.params["allow_older"]:
            raise BundleError(
                f"this host uses bundle {used}, the offered one is older ({self.serial}); set offline_source_allow_older to go back"
            )
        base = self._has_verified_copy()
        answer = {"changed": False, "base": base, "free": shutil.disk_usage(existing(self.copy.root)).free}
        if not base:
            return answer
        about = self._about(self.copy.path)
        self._raise_clock(about.epoch)
        apt = self._apt(self.copy.path, about)
        offered = {name: package.version for name, package in apt.offered().items()}
        wishes = pending(self.params["packages"], apt.installed(), offered)
        answer["current"] = used == self.serial and not wishes and not apt.installed().unfinished and apt.is_switched()
        return answer

    def _has_verified_copy(self) -> bool:
        path = self.copy.path / MANIFEST
        if not path.is_file() or sha256(path) != self.offer["manifest"]:
            return False
        try:
            self.copy.verify()
        except BundleError as error:
            self.warnings.append(f"the copy of the bundle on this host is no longer what was signed ({error}); it is made anew")
            return False
        return True

    # plan: what would be done -------------------------------------------------------------------------------------
    def plan(self, incoming: Path | None) -> dict:
        """Verify what arrived, then say which packages would change and which files are missing for it."""
        folder = self.copy.path
        if self.module.check_mode:
            folder = incoming or folder
            manifest = HostCopyAt(folder, self.copy).verify()
        else:
            if incoming and folder.exists():
                self.copy.discard()
            manifest = self.copy.start(incoming) if incoming else self.copy.verify()
        about = self._about(folder)
        self._raise_clock(about.epoch)
        apt = self._apt(folder, about)
        offered = apt.offered()
        wishes = pending(self.params["packages"], apt.installed(), {name: package.version for name, package in offered.items()})
        solution = self._simulate(apt) if wishes or apt.installed().unfinished else Solution((), ())
        self._refuse_removals(solution)
        paths = [f"debian/{offered[step.name].field('Filename')}" for step in solution.installs]
        if self.module.check_mode:
            return {**self._changes(solution), "changed": True, "missing": []}
        missing = self.copy.reuse(manifest, paths)
        self._require_space(solution, {path: self._size(offered, path) for path in missing}, offered)
        return {**self._changes(solution), "changed": True, "missing": missing}

    @staticmethod
    def _size(offered: dict, path: str) -> int:
        return next(package.size for package in offered.values() if path.endswith("/" + package.file_name))

    def _simulate(self, apt: host_apt.HostApt) -> Solution:
        with tempfile.TemporaryDirectory(prefix="onprem-chat-") as scratch:
            return apt.simulate(self.params["packages"], Path(scratch))

    def _refuse_removals(self, solution: Solution) -> None:
        unwanted = [step.name for step in solution.forbidden(self.params["allow_removal"])]
        if unwanted:
            raise BundleError(
                f"installing would remove {', '.join(unwanted)} from this host; allow it in offline_source_allow_removal, "
                "or build the bundle with newer versions of them (offline_bundle_packages)"
            )

    def _require_space(self, solution: Solution, missing: dict[str, int], offered: dict) -> None:
        grows = sum(offered[step.name].installed_size for step in solution.installs) * 1024
        margin = 50_000_000
        problem = host_apt.space_problem(
            {str(self.copy.root): sum(missing.values()) + margin, "/usr": grows, "/var/lib/dpkg": margin}
        )
        if problem:
            raise BundleError(problem)

    # install ------------------------------------------------------------------------------------------------------
    def install(self, wanted: list[str]) -> dict:
        """Take in what arrived, verify the whole copy, switch apt over and install."""
        manifest = self.copy.verify()
        altered = self.copy.adopt(manifest)
        if altered:
            raise BundleError(
                f"{', '.join(altered[:3])} arrived altered on this host: its content is not what was signed; run again"
            )
        require_files(self.copy.path, wanted)
        about = self._about(self.copy.path)
        apt = self._apt(self.copy.path, about)
        self.copy.use(self.params["keep"])
        apt.switch()
        before = apt.installed().versions
        if (
            pending(self.params["packages"], apt.installed(), {n: p.version for n, p in apt.offered().items()})
            or apt.installed().unfinished
        ):
            apt.install(self.params["packages"])
        return self._outcome(before, apt)

    def _outcome(self, before: dict, apt: host_apt.HostApt) -> dict:
        after = apt.installed()
        if after.unfinished:
            raise BundleError(
                f"dpkg left {', '.join(after.unfinished[:5])} unfinished; look at /var/log/dpkg.log on the host, then run again"
            )
        return {
            "changed": True,
            "installed": {name: version for name, version in after.versions.items() if name not in before},
            "upgraded": {name: version for name, version in after.versions.items() if name in before and before[name] != version},
            "removed": sorted(name for name in before if name not in after.versions),
        }

    # shared -------------------------------------------------------------------------------------------------------
    @staticmethod
    def _about(folder: Path) -> Descriptor:
        return parse_descriptor((folder / ABOUT).read_text(encoding="utf-8"))

    def _apt(self, folder: Path, about: Descriptor) -> host_apt.HostApt:
        release = Path("/etc/os-release").read_text(encoding="utf-8")
        codename = next(
            (line.partition("=")[2].strip('"') for line in release.splitlines() if line.startswith("VERSION_CODENAME=")),
            "of an unknown release",
        )
        _code, architecture, _err = self.module.run_command(["dpkg", "--print-architecture"])
        suite = about.suite_for(codename, architecture.strip())
        return host_apt.HostApt(self.module.run_command, folder, suite, architecture.strip())

    def _raise_clock(self, epoch: int) -> None:
        """A clock before the bundle's making is certainly wrong, and apt would call the bundle unsigned; the signature was checked without it."""
        now = int(time.time())
        if now >= epoch:
            return
        said = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
        if self.module.check_mode:
            self.warnings.append(f"the clock of this host says {said}, before the bundle was made; it would be set")
            return
        code, _out, err = self.module.run_command(["date", "-s", f"@{epoch}"])
        if code:
            raise BundleError(
                f"the clock of this host says {said}, before the bundle was made, and could not be set ({err.strip()}); set it by hand"
            )
        self.warnings.append(f"the clock of this host said {said}, before the bundle was made; it was set to the bundle's time")

    def _changes(self, solution: Solution) -> dict:
        return {
            "installed": {step.name: step.after for step in solution.installs if step.before is None},
            "upgraded": {step.name: step.after for step in solution.installs if step.before is not None},
            "removed": sorted(step.name for step in solution.removals),
            "diff": difference(solution),
        }


class HostCopyAt(HostCopy):
    """A folder elsewhere that is verified like a copy (check mode)."""

    def __init__(self, path: Path, like: HostCopy) -> None:
        super().__init__(like.root, like.serial, like._trust)
        self.path = path


def difference(solution: Solution) -> dict:
    """The packages that change, before and after, in the form that Ansible shows."""
    steps = sorted([*solution.installs, *solution.removals], key=lambda step: step.name)
    return {
        "before_header": "packages",
        "after_header": "packages",
        "before": "".join(f"{step.name} {step.before}\n" for step in steps if step.before),
        "after": "".join(f"{step.name} {step.after}\n" for step in steps if step.after),
    }


def existing(path: Path) -> Path:
    """The nearest folder that is there."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


@contextmanager
def only_one(root: Path):
    """One run at a time on a host; one that was killed on the control node may still be working here."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as stream:
        for attempt in range(LOCK_SECONDS):
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if attempt == LOCK_SECONDS - 1:
                    raise BundleError(
                        "another run has been installing on this host for ten minutes; wait for it or end it"
                    ) from error
                time.sleep(1)
        yield


def absent(module: AnsibleModule) -> dict:
    """Take the switch away."""
    paths = [path for path in (host_apt.switch.CONFIGURATION, host_apt.switch.SOURCES) if os.path.exists(path)]
    if not module.check_mode:
        host_apt.unswitch()
    return {"changed": bool(paths), "diff": {"before": "".join(f"{path}\n" for path in paths), "after": ""}}


def run(module: AnsibleModule) -> dict:
    """The step that the action plugin asked for."""
    if module.params["state"] == "absent":
        return absent(module)
    if not module.params["_step"]:
        raise BundleError("this module works only through its action plugin; use it in a task of a playbook")
    host = Host(module)
    incoming = Path(module.params["_incoming"]) if module.params["_incoming"] else None
    steps = {
        "status": host.status,
        "plan": lambda: host.plan(incoming),
        "install": lambda: host.install(module.params["_wanted"]),
    }
    if module.check_mode:
        result = steps[module.params["_step"]]()
    else:
        with only_one(host.copy.root):
            result = steps[module.params["_step"]]()
    for warning in host.warnings:
        module.warn(warning)
    return {"serial": host.serial, "copy": str(host.copy.path), **result}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "bundle": {"type": "path"},
            "signers": {"type": "str"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "root": {"type": "path", "default": "/srv/onprem-chat"},
            "allow_removal": {"type": "list", "elements": "str", "default": ["systemd-timesyncd"]},
            "allow_older": {"type": "bool", "default": False},
            "keep": {"type": "int", "default": 2},
            "_step": {"type": "str"},
            "_offer": {"type": "dict"},
            "_incoming": {"type": "path"},
            "_wanted": {"type": "list", "elements": "str", "default": []},
        },
        required_if=[("state", "present", ("bundle", "signers"))],
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module))
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
