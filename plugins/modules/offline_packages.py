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
  - Makes sure that a host has a verified copy of a bundle, that its apt sees that copy alone, and that packages are installed
    from it.
  - The control node reads O(bundle) and verifies it. The host gets the signed manifest and the package index first, verifies
    them, and works out what it lacks. Only those packages are sent. Nothing is installed before every byte on the host has been
    held against the signed manifest.
  - An unchanged host costs one round trip, in which its copy is verified again.
  - While packages are installed, no daemon starts that did not run before. Its role does that once it has configured it.
  - A run that was killed at any point is completed by the next one.
  - Before a change of bundle begins, C(ROOT/upgrade.json) on the host says which packages it will change and from which version.
    O(state=previous) takes exactly that back.
author:
  - The onprem.chat maintainers (@onprem)
options:
  state:
    description:
      - V(present) installs from the bundle.
      - V(previous) goes back to bundle O(serial), which the host used before its last upgrade. Packages that the upgrade
        replaced get their earlier versions, those that it brought go, and those that it removed come back. No other package
        changes. The copy of the newer bundle stays. A version that the earlier bundle does not have cannot come back, and a
        warning names the package.
      - V(absent) gives the host its own package sources back. Packages and the copy of the bundle stay.
    type: str
    choices: [present, previous, absent]
    default: present
  bundle:
    description:
      - The bundle's folder on the control node, or the folder of bundles, whose V(latest) is taken.
      - Required unless O(state=absent). For O(state=previous) the bundle of O(serial) may also lie beside it.
    type: path
  signers:
    description:
      - Who may sign, the text of the V(.signers) file that was made with the bundle's key. Required unless O(state=absent).
      - It must come from the inventory and never from where the bundle comes from.
    type: str
  packages:
    description: Names of the packages to install.
    type: list
    elements: str
    default: []
  upgrade:
    description:
      - Also replace every installed package that the bundle has newer, as C(apt-get dist-upgrade) does. What the administrator
        holds with C(apt-mark hold) stays.
    type: bool
    default: false
  serial:
    description: The bundle to go back to. Required for O(state=previous).
    type: int
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
  step:
    description: What the action plugin asks of the host. Not for tasks; what a task gives here is not looked at.
    type: dict
attributes:
  check_mode:
    support: full
    description:
      - Exact on a fresh host too. The bundle's index is sent to a temporary folder, the host's apt works out what it would do,
        and the folder is removed.
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

- name: Bring every installed package to the bundle's version
  onprem.chat.offline_packages:
    bundle: /media/stick/bundle-2026112101
    signers: "{{ lookup('ansible.builtin.file', 'bundle-key.signers') }}"
    upgrade: true

- name: Take that upgrade back
  onprem.chat.offline_packages:
    state: previous
    serial: 2026102101
    bundle: /srv/onprem-chat/bundles
    signers: "{{ lookup('ansible.builtin.file', 'bundle-key.signers') }}"

- name: Give the host its own sources back
  onprem.chat.offline_packages:
    state: absent
"""

RETURN = r"""
bundle:
  description: The bundle's folder on the control node.
  returned: unless state is absent
  type: str
serial:
  description: Serial of the bundle.
  returned: unless state is absent
  type: int
copy:
  description: The verified copy on the host.
  returned: unless state is absent
  type: str
installed:
  description: Packages that were installed anew, name to version.
  returned: unless state is absent
  type: dict
upgraded:
  description: Packages that were replaced by another version, name to that version.
  returned: unless state is absent
  type: dict
removed:
  description: Packages that were removed.
  returned: unless state is absent
  type: list
  elements: str
changes:
  description: A line for each package that changes, with its versions before and after.
  returned: unless state is absent
  type: list
  elements: str
  sample: ["nginx: 1.26.3-3+deb13u7 -> 1.26.3-3+deb13u11"]
restarted:
  description: Units that were started again because the packages had left them stopped, and, on the way to another bundle with
    O(upgrade=true) or O(state=previous), services that were restarted because they ran replaced programs or libraries.
  returned: when packages were installed
  type: list
  elements: str
sent:
  description: Bytes that were sent to the host.
  returned: when something was sent
  type: int
"""

from contextlib import nullcontext
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle import switch
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host import Host, Wish, only_one
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_back import HostBack
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import HostCopy, Trust


def absent(module: AnsibleModule) -> dict:
    """Take the switch away."""
    paths = [path for path in (switch.CONFIGURATION, switch.SOURCES) if Path(path).exists()]
    if not module.check_mode:
        for path in paths:
            Path(path).unlink()
    return {"changed": bool(paths), "diff": {"before": "".join(f"{path}\n" for path in paths), "after": ""}}


def served(module: AnsibleModule) -> dict:
    """The step that the action plugin asks for."""
    params, step = module.params, module.params["step"]
    if not step:
        raise BundleError("this module works only through its action plugin; use it in a task of a playbook")
    copy = HostCopy(Path(params["root"]), int(step["serial"]), Trust(module.run_command, step["verifier"], params["signers"]))
    wish = Wish(
        tuple(params["packages"]), tuple(params["allow_removal"]), params["allow_older"], params["keep"], params["upgrade"]
    )
    kind = HostBack if params["state"] == "previous" else Host
    host = kind(copy, step["manifest"], wish, module.check_mode)
    incoming = Path(step["incoming"]) if step.get("incoming") else None
    steps = {
        "status": host.status,
        "plan": lambda: host.plan(incoming),
        "install": lambda: host.install(incoming, step["wanted"]),
    }
    with nullcontext() if module.check_mode else only_one(copy.root):
        answer = steps[step["name"]]()
    for warning in host.warnings:
        module.warn(warning)
    return {"serial": copy.serial, "copy": str(copy.path), **answer}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "previous", "absent"], "default": "present"},
            "bundle": {"type": "path"},
            "signers": {"type": "str"},
            "packages": {"type": "list", "elements": "str", "default": []},
            "upgrade": {"type": "bool", "default": False},
            "serial": {"type": "int"},
            "root": {"type": "path", "default": "/srv/onprem-chat"},
            "allow_removal": {"type": "list", "elements": "str", "default": ["systemd-timesyncd"]},
            "allow_older": {"type": "bool", "default": False},
            "keep": {"type": "int", "default": 2},
            "step": {"type": "dict"},
        },
        required_if=[("state", "present", ("bundle", "signers")), ("state", "previous", ("bundle", "signers", "serial"))],
        supports_check_mode=True,
    )
    try:
        module.exit_json(**(absent if module.params["state"] == "absent" else served)(module))
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
