#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that a bundle's packages are Debian's own."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_provenance
short_description: Collect what proves that a bundle's packages are signed by Debian
version_added: 0.1.0
description:
  - For every part of Debian's archive that a collected package came from, takes Debian's signed C(InRelease) and the C(Packages.xz)
    that it names, both as Debian publishes them.
  - In the gap, C(verify.sh) and M(onprem.chat.offline_packages) follow the way back with the keys that the machine itself has. So
    whoever has stolen the bundle's own key still cannot bring in a package of another origin.
author:
  - The onprem.chat maintainers (@onprem)
options:
  cache:
    description: The cache that M(onprem.chat.bundle_debian) filled. What is fetched is kept there.
    type: path
    required: true
  suites:
    description: Suites to collect for.
    type: list
    elements: str
    required: true
  architectures:
    description: The hosts' architectures in Debian's words.
    type: list
    elements: str
    default: [amd64]
attributes:
  check_mode:
    support: full
    description: Tells whether something would be fetched and fetches nothing.
  diff_mode:
    support: none
    description: Debian's indexes are far too large to be shown.
  idempotent:
    support: full
    description: Changed only when something was fetched.
seealso:
  - module: onprem.chat.bundle_debian
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Collect Debian's signed indexes
  onprem.chat.bundle_provenance:
    cache: .cache/bundle
    suites: [bookworm, trixie]
"""

RETURN = r"""
files:
  description: Path in the bundle to path on this machine, for the V(evidence) of M(onprem.chat.bundle_seal).
  returned: success
  type: dict
size:
  description: Bytes of all of them together.
  returned: success
  type: int
downloaded:
  description: Number of indexes that the cache did not have.
  returned: success
  type: int
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import provenance
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import root_name
from ansible_collections.onprem.chat.plugins.module_utils.bundle.control import parse_index
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.archive import Pocket, pockets
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256


class Collector:
    """One call of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.cache = Path(module.params["cache"]).absolute()
        self.kept = self.cache / "provenance"
        self.files: dict[str, str] = {}
        self.downloaded = 0

    def collect(self, suite: str, architecture: str) -> None:
        """The pockets that one suite's packages came from."""
        root = self.cache / "apt" / root_name(suite, architecture)
        if not (root / "Packages").is_file():
            raise BundleError(f"{suite}: was not collected into {self.cache} for {architecture}; run bundle_debian for it first")
        wanted = {package.sha256: package.name for package in parse_index((root / "Packages").read_text(encoding="utf-8"))}
        found = pockets(self.module.run_command, root, suite)
        for name in provenance.choose(wanted, ((name, pocket.pieces()) for name, pocket in found.items())):
            folder = f"{provenance.folder(suite, architecture)}/{name}"
            self.files[f"{folder}/{provenance.RELEASE}"] = str(found[name].release)
            self.files[f"{folder}/{found[name].index_path}"] = str(self.fetch(found[name]))

    def fetch(self, pocket: Pocket) -> Path:
        """The packed index, from the cache when it is there."""
        path = self.kept / f"{pocket.index_sum}.xz"
        if not path.is_file() or sha256(path) != pocket.index_sum:
            self.downloaded += 1
            if not self.module.check_mode:
                pocket.fetch(path)
        return path

    def result(self) -> dict:
        """What the module returns; what no suite needs any more goes out of the cache."""
        files = {path: here for path, here in sorted(self.files.items()) if Path(here).is_file()}
        if not self.module.check_mode and self.kept.is_dir():
            for path in self.kept.iterdir():
                if str(path) not in files.values():
                    path.unlink()
        size = sum(Path(here).stat().st_size for here in files.values())
        return {"changed": bool(self.downloaded), "files": files, "size": size, "downloaded": self.downloaded}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "cache": {"type": "path", "required": True},
            "suites": {"type": "list", "elements": "str", "required": True},
            "architectures": {"type": "list", "elements": "str", "default": ["amd64"]},
        },
        supports_check_mode=True,
    )
    try:
        collector = Collector(module)
        for suite in module.params["suites"]:
            for architecture in module.params["architectures"]:
                collector.collect(suite, architecture)
        module.exit_json(**collector.result())
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
