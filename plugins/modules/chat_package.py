#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chat server that the operator brings."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: chat_package
short_description: Installs a chat server that the operator brings, as a deb, an archive or a directory
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Takes a package from the control node or from the bundle's C(operator/) folder and installs it on the host. Nothing is
    touched before the package on the control node has exactly the sum that is asked for.
  - A V(deb) is installed by apt from this file, with its dependencies out of the host's own package sources. Nothing is started.
  - A V(archive) (tar, compressed or not) and a V(directory) are unpacked to a folder named by the sum, below
    C(/opt/onprem-chat/package), owned by root; then O(install) is run there. The folder before stays.
  - Another sum is another package, newer or older. What was finished is written down on the host. A run that was cut off is
    begun anew by the next one, and a package that is there is not sent again.
  - A host that has ejabberd is refused.
options:
  kind:
    description: What the package is.
    type: str
    choices: [deb, archive, directory]
    required: true
  source:
    description:
      - File or directory on the control node. A relative one is looked for in C(operator/) of O(bundle), then as M(ansible.builtin.copy)
        does it. It need not be there when the host has the package already.
    type: str
    required: true
  sha256:
    description:
      - SHA-256 sum of the file. Of a directory it is what C(cd DIRECTORY && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum
        | sha256sum) says.
    type: str
    required: true
  unit:
    description: Its service of systemd. When the package before had another one, that is stopped and disabled.
    type: str
    required: true
  bundle:
    description: Folder of the bundle on the control node, or of bundles whose newest is taken.
    type: str
  version:
    description: What people call it. A V(deb) must have this version.
    type: str
    default: ""
  install:
    description: Command line that is run in the unpacked folder, without a shell and without a terminal, as root. Exit status 0 is success.
    type: str
    default: ""
  creates:
    description: A path that is there when O(install) has done its work. Is it gone, the package is installed again.
    type: str
    default: ""
  environment:
    description: Variables for O(install).
    type: dict
    default: {}
  path:
    description: The package on the host. It is filled in by the action plugin and not for use in tasks.
    type: str
attributes:
  check_mode:
    support: full
    description: Tells whether the package would be installed; its sum on the control node is checked.
  diff_mode:
    support: none
    description: What an installer does is its own.
  idempotent:
    support: full
    description: Changed only when the host has not this very package already.
seealso:
  - module: onprem.chat.config_set
"""

EXAMPLES = r"""
- name: Install a deb that lies beside the playbook
  onprem.chat.chat_package:
    kind: deb
    source: examplechat_5.0.1_amd64.deb
    unit: examplechat.service
    sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

- name: Install an archive with an installer out of the bundle
  onprem.chat.chat_package:
    kind: archive
    source: examplechat-5.0.1.tar.gz
    unit: examplechat.service
    bundle: /media/stick/bundle-2026112101
    sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    install: ./install.sh --silent
    creates: /opt/examplechat/bin/server
"""

RETURN = r"""
folder:
  description: Where it is unpacked; empty for a deb.
  returned: success
  type: str
  sample: /opt/onprem-chat/package/2c26b46b68ffc68f
version:
  description: Its version, as far as it is known.
  returned: success
  type: str
  sample: 5.0.1
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.package.error import PackageError
from ansible_collections.onprem.chat.plugins.module_utils.package.model import DEB
from ansible_collections.onprem.chat.plugins.module_utils.package_shell.work import Wish, bring, is_there, read, require_room

SPEC = {
    "kind": {"type": "str", "choices": ["deb", "archive", "directory"], "required": True},
    "source": {"type": "str", "required": True},
    "sha256": {"type": "str", "required": True},
    "unit": {"type": "str", "required": True},
    "bundle": {"type": "str"},
    "version": {"type": "str", "default": ""},
    "install": {"type": "str", "default": ""},
    "creates": {"type": "str", "default": ""},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "path": {"type": "str"},
}


def main() -> None:
    """Entry point; without a path it only looks."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    given = module.params
    wish = Wish(**{key: given[key] for key in ("kind", "sha256", "unit", "version", "install", "creates", "environment")})
    folder = "" if wish.kind == DEB else str(wish.folder)
    known = read()
    try:
        require_room()
        if is_there(wish, known):
            module.exit_json(changed=False, folder=folder, version=str(known.get("version", "")))
        if given["path"] and not module.check_mode:
            known = bring(wish, given["path"])
    except (PackageError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True, folder=folder, version=str(known.get("version", "")))


if __name__ == "__main__":
    main()
