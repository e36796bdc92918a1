#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own files for a bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_operator
short_description: Hold the operator's own files against their list
version_added: 0.1.0
description:
  - Takes a folder of files that no collector can fetch, such as client installers or a proprietary chat package.
  - With C(operator.yml) in the folder, every file has to be what that list says, no file may be missing and none may be there
    that it does not name. Without it everything in the folder is taken as it is.
  - Writes the list that goes into the bundle, with size and sum of every file.
author:
  - The onprem.chat maintainers (@onprem)
options:
  path:
    description: The folder. Its C(operator.yml) has C(files), a list with C(name), C(size), C(sha256), C(licence) and C(description).
    type: path
    required: true
  cache:
    description: Folder that keeps what was made from run to run.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether the list would be another one.
  diff_mode:
    support: none
    description: The list is in the bundle.
  idempotent:
    support: full
    description: Changed only when a file or the list is another one.
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Take the client installers along
  onprem.chat.bundle_operator:
    path: operator
    cache: .cache/bundle
"""

RETURN = r"""
files:
  description: What goes into the bundle, path there to path here, for M(onprem.chat.bundle_seal).
  returned: success
  type: dict
  sample: {"operator/operator.yml": /root/.cache/onprem-chat/bundle/operator/operator.yml, "operator/client.msi": operator/client.msi}
size:
  description: Bytes of all files together.
  returned: success
  type: int
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.onprem.chat.plugins.module_utils.bundle import operator_files
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import is_safe
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.cache import only_build
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import sha256, write
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.verify import listing


def read_promises(top: Path, names: list[str]) -> tuple[operator_files.Promise, ...]:
    """The operator's list, or one that names everything."""
    path = top / operator_files.LIST
    if not path.is_file():
        return tuple(operator_files.Promise(name) for name in names)
    try:
        data = yaml_load(path.read_text(encoding="utf-8"))
    except Exception as error:  # whatever YAML's parser raises; it may be one of two
        if isinstance(error, OSError):
            raise
        raise BundleError(f"{path}: cannot be read as YAML ({' '.join(str(error).split())})") from error
    return operator_files.parse_promises(data)


def collect(module: AnsibleModule) -> dict:
    """Look and list; the result of the module."""
    top = Path(module.params["path"]).absolute()
    if not top.is_dir():
        raise BundleError(f"offline_bundle_operator: {top} is no folder; make it, or unset the variable")
    try:
        names = [name for name in listing(top) if name != operator_files.LIST]
    except BundleError as error:
        raise BundleError(f"offline_bundle_operator: {error}") from error
    odd = [name for name in names if not is_safe(name)]
    if odd:
        raise BundleError(f"offline_bundle_operator: {odd[0]!r}: a file of this name cannot be in a bundle; rename it")
    unreadable = [name for name in names if not os.access(top / name, os.R_OK)]
    if unreadable:
        raise BundleError(f"offline_bundle_operator: {', '.join(unreadable[:3])}: cannot be read by this user")
    promises = read_promises(top, names)
    found = {name: operator_files.Found((top / name).stat().st_size, sha256(top / name)) for name in names}
    operator_files.check(promises, found)
    text = operator_files.render_list(promises, found)
    path = Path(module.params["cache"]).absolute() / "operator" / operator_files.LIST
    changed = not path.is_file() or path.read_text(encoding="utf-8") != text
    if changed and not module.check_mode:
        write(path, text)
    files = {f"operator/{operator_files.LIST}": str(path), **{f"operator/{name}": str(top / name) for name in names}}
    return {"changed": changed, "files": files, "size": sum(there.size for there in found.values())}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}, "cache": {"type": "path", "required": True}},
        supports_check_mode=True,
    )
    try:
        with only_build(Path(module.params["cache"]).absolute()):
            result = collect(module)
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
