#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python wheels for a bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_python
short_description: Fetch the wheels that lock files name
version_added: 0.1.0
description:
  - For each lock file and architecture, has C(pip) fetch the wheels that run on Debian with that Python, from whatever index this
    machine's pip is set up for, and keeps only what has a sum that the lock file names.
  - This machine's own Python may be of any version.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - pip, unless all wheels are in the cache already
options:
  locks:
    description: Lock files named C(lock-3.N.txt), made by C(tools/lock-python), every package with its exact version and hashes.
    type: list
    elements: path
    required: true
  architectures:
    description: The control node's architectures in Debian's words.
    type: list
    elements: str
    default: [amd64]
  cache:
    description: Folder that keeps downloads from run to run.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether wheels would be fetched.
  diff_mode:
    support: none
    description: There is no earlier state to compare with.
  idempotent:
    support: full
    description: Wheels that are there and whole are not fetched again, and pip is not asked.
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Fetch what the control node needs
  onprem.chat.bundle_python:
    locks: [files/python/lock-3.11.txt, files/python/lock-3.13.txt]
    cache: .cache/bundle
"""

RETURN = r"""
files:
  description: What goes into the bundle, path there to path here, for M(onprem.chat.bundle_seal).
  returned: success
  type: dict
  sample: {"python/lock-3.11.txt": files/python/lock-3.11.txt}
wheels:
  description: Number of wheels.
  returned: success
  type: int
size:
  description: Bytes of all wheels together.
  returned: success
  type: int
downloaded:
  description: Number of wheels that the cache did not have; in check mode, of lock files and architectures that lack some.
  returned: success
  type: int
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import wheels
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import fetching, only_build
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256, write


class Wheels:
    """The wheels of one call; found is file name to path."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.pool = Path(module.params["cache"]).absolute() / "wheels"
        self.files: dict[str, str] = {}
        self.downloaded = 0

    def collect(self, lock: Path) -> None:
        """The lock file, and its wheels for every architecture."""
        version = wheels.lock_version(lock.name)
        pins = wheels.parse_lock(lock.name, lock.read_text(encoding="utf-8"))
        self.files[f"python/{lock.name}"] = str(lock.absolute())
        for architecture in self.module.params["architectures"]:
            record = self.pool / f"{version}-{architecture}.json"
            digest = sha256(lock)
            chosen = wheels.parse_record(record.read_text(), digest) if record.is_file() else {}
            whole = {name: total for name, total in chosen.items() if self._is_whole(name, total)}
            if wheels.missing(pins, whole):
                if self.module.check_mode:
                    self.downloaded += 1
                    continue
                whole = self._fetch(lock, version, architecture, pins)
                write(record, wheels.render_record(digest, whole))
            self.files.update({f"python/wheels/{name}": str(self.pool / name) for name in whole})

    def _is_whole(self, name: str, total: str) -> bool:
        path = self.pool / name
        return path.is_file() and sha256(path) == total

    def _fetch(self, lock: Path, version: str, architecture: str, pins: tuple[wheels.Pin, ...]) -> dict[str, str]:
        wanted = {total for pin in pins for total in pin.sums}

        def keep(path: Path) -> None:
            if path.suffix == ".whl" and sha256(path) in wanted and not self._is_whole(path.name, sha256(path)):
                path.chmod(0o644)
                path.replace(self.pool / path.name)
                self.downloaded += 1

        with fetching(self.pool, keep) as folder:
            self._pip(lock, version, architecture, folder)
            fetched = {path.name: sha256(path) for path in sorted(folder.glob("*.whl"))}
        lost = wheels.missing(pins, fetched)
        if lost:
            raise BundleError(f"{lock.name}: pip gave nothing usable for {', '.join(lost)}; run again, or look at its index")
        return fetched

    def _pip(self, lock: Path, version: str, architecture: str, folder: Path) -> None:
        command = [sys.executable, "-m", "pip"]
        if self.module.run_command([*command, "--version"])[0]:
            command = [self.module.get_bin_path("pip3") or self.module.get_bin_path("pip") or ""]
        if not command[0]:
            raise BundleError(f"{lock.name}: needs pip to fetch wheels; install python3-pip")
        command += ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        command += ["--implementation=cp", f"--python-version={version}", f"--find-links={self.pool}"]
        command += [f"--platform={name}" for name in wheels.platforms(architecture)]
        code, out, err = self.module.run_command([*command, f"--dest={folder}", f"--requirement={lock.absolute()}"])
        if code:
            errors = [line.removeprefix("ERROR: ") for line in err.splitlines() if line.startswith("ERROR: ")]
            raise BundleError(
                f"{lock.name}: pip could not fetch it ({'; '.join(errors[:2]) or ' '.join((err or out).split())[-300:]})"
            )


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "locks": {"type": "list", "elements": "path", "required": True},
            "architectures": {"type": "list", "elements": "str", "default": ["amd64"]},
            "cache": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    work = Wheels(module)
    try:
        with only_build(work.pool.parent):
            for lock in sorted(module.params["locks"]):
                work.collect(Path(lock))
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    found = [Path(path) for path in work.files.values() if path.endswith(".whl")]
    size = sum(path.stat().st_size for path in found)
    module.exit_json(changed=bool(work.downloaded), files=work.files, wheels=len(found), size=size, downloaded=work.downloaded)


if __name__ == "__main__":
    main()
