#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web client for a bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_web
short_description: Fetch one npm package by its integrity hash
version_added: 0.1.0
description:
  - Has C(npm) fetch a package's archive, from whatever registry this machine's npm is set up for, and keeps it only when it is
    what O(integrity) promises.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - npm, unless the archive is in the cache already
options:
  name:
    description: The package.
    type: str
    required: true
  version:
    description: Its exact version.
    type: str
    required: true
  integrity:
    description: The archive's hash as npm writes it, V(sha512-) and base64.
    type: str
    required: true
  cache:
    description: Folder that keeps downloads from run to run. An archive put there by hand is as good, the hash decides.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether the archive would be fetched.
  diff_mode:
    support: none
    description: There is no earlier state to compare with.
  idempotent:
    support: full
    description: An archive that is there and whole is not fetched again.
"""

EXAMPLES = r"""
- name: Fetch the web client
  onprem.chat.bundle_web:
    name: converse.js
    version: 14.0.0
    integrity: sha512-LFUg030jDalV47vI/vyVPqYPZfJYXFbubq8v0cFDe2zXNeeGEk3Up0Fj/WTzT6t+6do+cAIToy73eAj7RNDj2Q==
    cache: .cache/bundle
"""

RETURN = r"""
files:
  description: What goes into the bundle, path there to path here, for M(onprem.chat.bundle_seal).
  returned: success
  type: dict
  sample: {"web/converse.js-14.0.0.tgz": /root/.cache/onprem-chat/bundle/web/converse.js-14.0.0.tgz}
"""

import base64
import hashlib
import shutil
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError


def is_whole(path: Path, integrity: str) -> bool:
    """Whether a file is there with that hash."""
    return path.is_file() and "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() == integrity


def fetch(module: AnsibleModule, path: Path) -> None:
    """Have npm pack the package into the cache."""
    wanted = f"{module.params['name']}@{module.params['version']}"
    if not shutil.which("npm"):
        raise BundleError(f"{wanted}: needs npm to fetch it; install npm, or put the archive at {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-") as folder:
        code, _out, err = module.run_command(["npm", "pack", wanted, "--silent", "--pack-destination", folder], cwd=folder)
        found = sorted(Path(folder).glob("*.tgz"))
        if code or not found:
            raise BundleError(f"{wanted}: npm could not fetch it ({' '.join(err.split())[-300:] or 'no reason given'})")
        if not is_whole(found[0], module.params["integrity"]):
            raise BundleError(f"{wanted}: what the registry gave is not what its integrity hash promises; nothing was kept")
        found[0].replace(path)
        path.chmod(0o644)


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "version": {"type": "str", "required": True},
            "integrity": {"type": "str", "required": True},
            "cache": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    path = Path(params["cache"]).absolute() / "web" / f"{params['name'].replace('/', '-').lstrip('@')}-{params['version']}.tgz"
    try:
        changed = not is_whole(path, params["integrity"])
        if changed and not module.check_mode:
            fetch(module, path)
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed, files={f"web/{path.name}": str(path)})


if __name__ == "__main__":
    main()
