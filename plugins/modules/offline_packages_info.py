#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bundle a host uses, and its last upgrade."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: offline_packages_info
short_description: Tell which bundle a host uses and what its last upgrade changed
version_added: 0.1.0
description:
  - Reads what M(onprem.chat.offline_packages) wrote down on the host.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes.info
options:
  root:
    description: Folder on the host for copies of bundles.
    type: path
    default: /srv/onprem-chat
seealso:
  - module: onprem.chat.offline_packages
"""

EXAMPLES = r"""
- name: Read which bundle is in use and what the last upgrade changed
  onprem.chat.offline_packages_info:
"""

RETURN = r"""
serial:
  description: The bundle in use; V(null) when there is none.
  returned: success
  type: int
copies:
  description: Serials of the copies on the host.
  returned: success
  type: list
  elements: int
upgrade:
  description: The last upgrade; empty when there was none.
  returned: success
  type: dict
  contains:
    from:
      description: The bundle before it.
      type: int
    to:
      description: The bundle that it went to.
      type: int
    state:
      description: V(started) and V(done), or, where it was taken back, V(returning) and V(undone).
      type: str
    packages:
      description: Name of each package that changed, to its version C(before) and C(after); V(null) where it was not installed.
      type: dict
"""

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.upgrade import render_record
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host import read_record
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import serial_in_use


def main() -> None:
    """Entry point."""
    module = AnsibleModule(argument_spec={"root": {"type": "path", "default": "/srv/onprem-chat"}}, supports_check_mode=True)
    root = Path(module.params["root"])
    try:
        record = read_record(root)
        told = json.loads(render_record(record)) if record else {}
        told.pop("format", None)
        copies = sorted(int(path.name) for path in (root / "bundles").glob("[0-9]*") if path.name.isdigit())
        module.exit_json(changed=False, serial=serial_in_use(root), copies=copies, upgrade=told)
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
