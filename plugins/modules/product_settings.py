#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell on the host; what goes into the file is computed in module_utils/nat_aware on the control node."""

from __future__ import annotations

DOCUMENTATION = r"""
module: product_settings
short_description: Merges keys into a product's YAML file, and runs its installer when that changed something
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Sets keys in a YAML file that belongs to somebody else. Every other byte stays, comments, order, quotes, indentation and line
    endings among them.
  - Then runs the product's own installer, which makes the settings hold. It runs only when something changed, and again when an
    earlier run of it was killed or failed.
  - The file is read as YAML 1.1, so V(yes) is V(true) there. What cannot be set without harm to other keys is refused with its
    line - keys that stand there twice, anchors whose aliases would change too, mappings that would be lost, several documents.
  - The host needs nothing but Python; the merging is done on the control node.
extends_documentation_fragment:
  - onprem.chat.attributes
options:
  name:
    description: Name of the product on its host, of lower-case letters, digits, C(_) and C(-).
    type: str
    required: true
  path:
    description:
      - Absolute path of the file. Of a symbolic link the file behind it is replaced.
    type: path
    required: true
  settings:
    description:
      - The keys and their values. A mapping is merged into the one that is there; any other value, a list too, is set as a whole.
      - Comments in a list go when the list is set to another one.
    type: dict
    required: true
  create:
    description: Whether to make the file where there is none, with mode 0644. If not, that is an error, but in check mode.
    type: bool
    default: false
  backup:
    description: Whether to keep the old file beside the new one, with the time in its name.
    type: bool
    default: true
  command:
    description:
      - The installer and its arguments, run without a shell. A name with a slash is found from O(chdir).
      - Without one the file is all that is changed.
    type: list
    elements: str
    default: []
  chdir:
    description: Folder to run O(command) in. By default the one that O(path) is in.
    type: path
  creates:
    description:
      - A path that is there once the product is installed. Where it is missing O(command) runs although nothing changed.
    type: path
  timeout:
    description: For how many seconds O(command) may run. Then it is ended, and the task fails.
    type: int
    default: 1800
  path_prefix:
    description: Stands before O(settings) where a message names a place in it.
    type: str
    default: ""
  state_directory:
    description: Folder on the host for the record of what ran, and for the output of O(command).
    type: path
    default: /var/lib/onprem-chat/products
  payload:
    description: What the action plugin has computed. It is filled in by the action plugin and not for use in tasks.
    type: str
notes:
  - A diff shows the keys of O(settings) alone, and nothing else of the file. Set C(no_log) on the task where one of them is secret.
seealso:
  - module: onprem.chat.nat_probe
"""

EXAMPLES = r"""
- name: Tell aPuppet that it is behind a NAT
  onprem.chat.product_settings:
    name: apuppet
    path: /opt/apuppet-server/config.yaml
    settings:
      nat: true
      public_ip: 203.0.113.10
    command: [./install.sh]

- name: Nested keys, and a unit to restart instead of an installer
  onprem.chat.product_settings:
    name: media_server
    path: /etc/media-server/config.yml
    settings:
      rtc:
        node_ip: 203.0.113.10
        port_range: [50000, 60000]
    command: [systemctl, restart, media-server]
"""

RETURN = r"""
changes:
  description: The keys that changed, each with C(key), and C(before) and C(after) as the file has them.
  returned: success
  type: list
  elements: dict
  sample: [{key: public_ip, before: "", after: '"203.0.113.10"'}]
ran:
  description: Whether O(command) ran, or would in check mode.
  returned: success
  type: bool
why:
  description: Why it ran; empty when it did not.
  returned: success
  type: str
  sample: the settings changed
log:
  description: Where the output of the last run of O(command) is on the host.
  returned: success
  type: str
  sample: /var/lib/onprem-chat/products/apuppet.log
backup_file:
  description: The file as it was.
  returned: changed, and O(backup=true)
  type: str
  sample: /opt/apuppet-server/config.yaml.4242.2026-11-21@20:50:54~
"""

import base64
import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell.installer import (
    Installer,
    InstallerError,
    await_end,
    found,
)
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware_shell.store import Store, StoreError, load, replace, seal

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "path": {"type": "path", "required": True},
    "settings": {"type": "dict", "required": True},
    "create": {"type": "bool", "default": False},
    "backup": {"type": "bool", "default": True},
    "command": {"type": "list", "elements": "str", "default": []},
    "chdir": {"type": "path"},
    "creates": {"type": "path"},
    "timeout": {"type": "int", "default": 1800},
    "path_prefix": {"type": "str", "default": ""},
    "state_directory": {"type": "path", "default": "/var/lib/onprem-chat/products"},
    "payload": {"type": "str", "no_log": True},
}


class Host:
    """One product on this host."""

    def __init__(self, module):
        self.module = module
        given = module.params
        self.path = Path(given["path"]).resolve()
        self.folder = Path(given["chdir"] or Path(given["path"]).parent)
        self.command = given["command"]
        self.store = Store(Path(given["state_directory"]), given["name"])

    def look(self):
        """What the control node has to know."""
        data = load(self.path)
        creates = self.module.params["creates"]
        return {
            "content": None if data is None else base64.b64encode(data).decode("ascii"),
            "record": self.store.read(),
            "made": not creates or Path(creates).exists(),
            "fault": found(self.command, self.folder) if self.command else "",
            "log": str(self.store.log),
        }

    def apply(self, order):
        """Change the file, and run the installer; the record owes from before the first until after the second."""
        told = {}
        with self.store.locked():
            record = self.store.read() or {}
            await_end(record.get("process"), self.module.params["timeout"])
            if seal(load(self.path)) != order["was"]:
                raise StoreError(f"{self.path} was changed by somebody else in this moment; run again")
            if self.command:
                self.store.write({"ran_with": ""})
            if order["content"] is not None:
                if self.module.params["backup"] and order["was"]:
                    told["backup_file"] = self.module.backup_local(str(self.path))
                replace(self.path, base64.b64decode(order["content"]))
                if not order["was"]:
                    self.path.chmod(0o644)
            if order["run"]:
                installer = Installer(self.command, self.folder, self.store.log)
                self.store.write({"ran_with": "", "process": installer.process()})
                installer.go(self.module.params["timeout"])
            if self.command:
                self.store.write({"ran_with": order["digest"]})
        return told


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not module.params["payload"]:
        module.fail_json(
            msg="the action plugin of product_settings has not run; call it by its full name onprem.chat.product_settings"
        )
    order = json.loads(module.params["payload"])
    host = Host(module)
    try:
        told = host.apply(order) if order["apply"] else host.look()
    except InstallerError as error:
        words = " ".join(host.command)
        module.fail_json(msg=f"{words} {error}\nThe file has its settings; the next run starts {words} again.", changed=True)
    except (StoreError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=order["apply"], **told)


if __name__ == "__main__":
    main()
