#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's data, saved and brought back."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: site_backup
short_description: Save what a host of a site must not lose, or bring it back
version_added: 0.1.0
description:
  - Saves the chat's database as one snapshot, the files that people sent, and folders of settings such as keys and the
    certificate authority. Nothing is stopped for it.
  - A backup appears under its name when all of it is on the disk, and only root can read it.
  - Files that people sent never change, so a backup holds links to them. They take no room until they are deleted from the chat,
    unless O(path) is on another file system.
  - What ejabberd keeps in its own node (sessions, caches) is not saved. It makes that anew.
author:
  - The onprem.chat maintainers (@onprem)
options:
  state:
    description:
      - V(present) makes a backup and takes the oldest ones away.
      - V(restored) brings O(parts) of the backup O(name) back. Its sums are checked and the database is filled beside the live
        one first. The chat stops only for the moment in which one takes the place of the other.
    type: str
    choices: [present, restored]
    default: present
  path:
    description: Folder of the backups on the host.
    type: path
    default: /var/backups/onprem-chat
  name:
    description: For O(state=restored), the backup's name, or V(latest).
    type: str
    default: latest
  keep:
    description: How many backups to keep, the new one included.
    type: int
    default: 3
  store:
    description: Where the chat of this host keeps messages; V(none) where there is no chat.
    type: str
    choices: [postgresql, sqlite, none]
    default: none
  sqlite:
    description: The chat's database for O(store=sqlite).
    type: path
    default: /var/lib/ejabberd/ejabberd.db
  uploads:
    description: Folder of the files that people sent.
    type: path
    default: /var/lib/ejabberd/upload
  settings:
    description: Folders of settings; those that are not there are passed over.
    type: list
    elements: path
    default: [/etc/onprem-chat, /var/lib/onprem-chat]
  parts:
    description:
      - For O(state=restored), what comes back. V(chat) is database and files. Files that were sent after the backup stay.
      - V(settings) are the folders of O(settings), as a whole. A certificate that was issued or revoked after the backup is
        forgotten with it, so this is for a host that lost them.
    type: list
    elements: str
    choices: [chat, settings]
    default: [chat]
attributes:
  check_mode:
    support: full
    description: Tells whether there is room for it, or whether the backup is whole.
  diff_mode:
    support: none
    description: Data of people are shown to nobody.
  idempotent:
    support: none
    description: Every run makes a backup, or brings one back.
  platform:
    support: full
    description: Hosts with systemd.
    platforms: debian
"""

EXAMPLES = r"""
- name: Save everything of a chat server
  onprem.chat.site_backup:
    store: postgresql

- name: Bring the newest backup back
  onprem.chat.site_backup:
    state: restored
    store: postgresql
"""

RETURN = r"""
name:
  description: The backup's name; what it would be called in check mode.
  returned: success
  type: str
folder:
  description: The backup's folder on the host.
  returned: success
  type: str
size:
  description: Bytes that a backup takes at most, files that people sent not counted.
  returned: when state is present
  type: int
uploads:
  description: Number of files that people sent, in the backup or brought back.
  returned: success
  type: int
backups:
  description: Names of all backups on the host, oldest first.
  returned: success
  type: list
  elements: str
"""

import os
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.backup.backup import name_at
from ansible_collections.onprem.chat.plugins.module_utils.backup.error import BackupError
from ansible_collections.onprem.chat.plugins.module_utils.backup_shell import work


def present(module: AnsibleModule, path: Path, store: work.Store) -> dict:
    """Make a backup."""
    name = name_at(time.time())
    answer = {"changed": True, "name": name, "size": work.needs(store), "uploads": 0}
    if module.check_mode:
        work.require_room(path, store)
    else:
        answer["uploads"] = work.make(path, name, store).uploads[0]
        work.prune(path, module.params["keep"])
    return answer


def restored(module: AnsibleModule, path: Path, store: work.Store) -> dict:
    """Bring a backup back."""
    backup = work.read(path, module.params["name"], store)
    answer = {"changed": True, "name": backup.name, "uploads": 0}
    if not module.check_mode:
        answer["uploads"] = work.restore(module.run_command, path / backup.name, store, module.params["parts"])
    return answer


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "restored"], "default": "present"},
            "path": {"type": "path", "default": "/var/backups/onprem-chat"},
            "name": {"type": "str", "default": "latest"},
            "keep": {"type": "int", "default": 3},
            "store": {"type": "str", "choices": ["postgresql", "sqlite", "none"], "default": "none"},
            "sqlite": {"type": "path", "default": "/var/lib/ejabberd/ejabberd.db"},
            "uploads": {"type": "path", "default": "/var/lib/ejabberd/upload"},
            "settings": {"type": "list", "elements": "path", "default": ["/etc/onprem-chat", "/var/lib/onprem-chat"]},
            "parts": {"type": "list", "elements": "str", "choices": ["chat", "settings"], "default": ["chat"]},
        },
        supports_check_mode=True,
    )
    params = module.params
    path = Path(params["path"])
    settings = tuple(Path(folder) for folder in params["settings"])
    store = work.Store(params["store"], Path(params["sqlite"]), Path(params["uploads"]), settings)
    os.umask(0o077)
    try:
        answer = (present if params["state"] == "present" else restored)(module, path, store)
        module.exit_json(folder=str(path / answer["name"]), backups=work.there(path), **answer)
    except (BackupError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
