#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell around the core in module_utils/config_set."""

from __future__ import annotations

DOCUMENTATION = r"""
module: config_set
short_description: Put the configuration of one role on a host as one set, old or new, never half
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Renders all templates of a set of files on the controller and sends them in one round trip.
  - On the host it compares content, owner, group and mode with what is there. What differs is written beside the live files,
    checked by the daemon's own checker in a private view where the set already stands at its final paths, and taken live by
    renames.
  - Then it runs commands, reloads or restarts units and asks the health commands. When one of them fails, the old set is put
    back with its owners and modes, the units are told again, and the task fails with the words of the checker.
  - A run that was killed is healed by the next one. It puts the last good set back, goes on from there, and does what is
    still owed to the daemons.
  - What the set owns is written down on the host. A file that leaves the set is removed, and what was at its path before the
    set took it comes back.
extends_documentation_fragment:
  - onprem.chat.attributes
options:
  name:
    description:
      - Name of the set on its host, of lower-case letters, digits and underscores. A path belongs to one set only.
    type: str
    required: true
  state:
    description:
      - V(present) brings the host to the set.
      - V(absent) takes everything of the set away and restores the originals. O(services) are reloaded or restarted where
        they run, units whose files go are stopped and disabled, O(validate) and O(health) are not run.
    type: str
    choices: [present, absent]
    default: present
  files:
    description:
      - The files, each with exactly one of O(files[].template), O(files[].content), O(files[].src) and O(files[].remote_src).
      - A symbolic link at the path of a file is replaced, never followed. A symbolic link among its parent directories is
        followed only when it belongs to root. Missing parent directories are made, owned by root with mode 0755.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path on the host.
        type: str
        required: true
      template:
        description: Template on the controller, found and rendered as M(ansible.builtin.template) does it.
        type: str
      content:
        description: The content itself, UTF-8 text.
        type: str
      src:
        description: File on the controller, found as M(ansible.builtin.copy) finds it. It may be binary or encrypted by
          Ansible Vault.
        type: str
      remote_src:
        description: Absolute path of a file on the host.
        type: str
      vars:
        description: Extra variables for O(files[].template).
        type: dict
      owner:
        description: Name of the owner.
        type: str
        default: root
      group:
        description: Name of the group.
        type: str
        default: root
      mode:
        description: Quoted octal mode.
        type: str
        default: "0644"
      secret:
        description: The content never appears in a diff, result, log or message, and neither does a hash of it.
        type: bool
        default: false
      zone_serial:
        description:
          - The text C(@SERIAL@) in the content is filled on the host. A zone whose other data is unchanged keeps its live serial.
            A zone that changed gets the time in seconds since 1970 or the live serial plus one, whichever is later by RFC 1982.
        type: bool
        default: false
      block:
        description:
          - The content is one marked block of a file whose other lines belong to somebody else, such as C(/etc/hosts). It takes
            the place of the set's earlier block, or is put at the end. When it leaves the set, the block alone goes.
          - The marks are comments that begin with C(#). Several sets may each have a block in one file.
        type: bool
        default: false
      on_change:
        description: Raises the O(services[].on_change) of the services when this file changes.
        type: str
        choices: [none, reload, restart]
        default: none
  directories:
    description: Directories with owner and mode. Several sets may name the same one.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path on the host.
        type: str
        required: true
      owner:
        description: Name of the owner.
        type: str
        default: root
      group:
        description: Name of the group.
        type: str
        default: root
      mode:
        description: Quoted octal mode.
        type: str
        default: "0755"
  links:
    description: Symbolic links.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the link on the host.
        type: str
        required: true
      target:
        description: What the link says, as it is.
        type: str
        required: true
  trees:
    description:
      - Directories that are the content of an archive on the host. They are unpacked beside and swapped in as a whole, and
        left alone while the archive's SHA-256 is the same.
      - Files get mode 0644, executables and directories 0755. A member that leads out of the directory is refused.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Absolute path of the directory on the host.
        type: str
        required: true
      archive:
        description: Absolute path of the tar archive on the host, compressed or not.
        type: str
        required: true
      strip_components:
        description: Leading directories to take off the names in the archive.
        type: int
        default: 0
      owner:
        description: Name of the owner of everything in it.
        type: str
        default: root
      group:
        description: Name of the group of everything in it.
        type: str
        default: root
  absent:
    description: Paths that must not be there. What is there is kept, and restored when the path leaves the set.
    type: list
    elements: str
    default: []
  validate:
    description:
      - Command lines that check the set at its final paths, before it is live. They are run without a shell.
      - Where the host can make no mount namespace the set is swapped in, checked and, when refused, swapped out again.
      - In check mode they run too, when their programs and the accounts of the set are on the host.
    type: list
    elements: str
    default: []
  commands:
    description:
      - Command lines to run after the swap, only when something changed, before the services.
      - A daemon-reload is automatic when a unit file or drop-in changed.
    type: list
    elements: str
    default: []
  services:
    description: Units of systemd of any type, in the state they are to be in.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the unit. V(.service) may be left out.
        type: str
        required: true
      enabled:
        description: Whether the unit starts at boot.
        type: bool
      state:
        description: Whether the unit runs now. A unit in state failed is started.
        type: str
        choices: [started, stopped]
      on_change:
        description:
          - What a change of the set means for a running unit. With V(none) the unit is left alone.
          - A changed unit file or drop-in of the unit is a restart of it. A unit that cannot reload is restarted.
          - With V(unit) that is all, and changes of other files leave it alone.
        type: str
        choices: [none, reload, restart, unit]
        default: none
  health:
    description: Command lines that say whether the service works, run after a change until they succeed or O(health_timeout)
      is over.
    type: list
    elements: str
    default: []
  health_timeout:
    description: Seconds for all health commands together.
    type: int
    default: 30
  state_directory:
    description: Directory on the host for what the sets own and for the originals.
    type: path
    default: /var/lib/onprem-chat/sets
  payload:
    description:
      - The set as the action plugin has read and rendered it. It is filled in by the action plugin and not for use in tasks.
    type: str
notes:
  - A task argument that holds a secret is shown by Ansible itself when C(display_args_to_stdout) is on. Set C(no_log) on the
    task then.
seealso:
  - module: ansible.builtin.template
"""

EXAMPLES = r"""
- name: Configure BIND
  onprem.chat.config_set:
    name: local_dns
    files:
      - path: /etc/bind/named.conf
        template: named.conf.j2
        group: bind
        mode: "0640"
      - path: /etc/bind/zones/db.example.lan
        template: zone.j2
        vars:
          zone: example.lan
        zone_serial: true
      - path: /etc/bind/tsig.key
        content: "{{ tsig_key }}"
        group: bind
        mode: "0640"
        secret: true
    directories:
      - path: /etc/bind/zones
        group: bind
        mode: "0750"
    validate:
      - named-checkconf -z /etc/bind/named.conf
    services:
      - name: named
        enabled: true
        state: started
        on_change: reload
    health:
      - rndc status

- name: Take the set away and put the package's own files back
  onprem.chat.config_set:
    name: local_dns
    state: absent
    services:
      - name: named
        on_change: reload
"""

RETURN = r"""
changed_paths:
  description: Paths that changed, or would change in check mode.
  returned: success
  type: list
  elements: str
  sample: [/etc/bind/named.conf]
validated:
  description: Command lines of O(validate) that were run on the new set.
  returned: success
  type: list
  elements: str
  sample: ["named-checkconf -z /etc/bind/named.conf"]
restarted:
  description: Units that were restarted, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
reloaded:
  description: Units that were reloaded, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [named.service]
started:
  description: Units that were started, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
stopped:
  description: Units that were stopped, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
enabled:
  description: Units that were enabled, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
disabled:
  description: Units that were disabled, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: []
recovered:
  description: Whether an earlier run of the set had been interrupted and its half-done work was undone first.
  returned: success
  type: bool
  sample: false
errors:
  description: Every error found, each under the option that it is in.
  returned: failure
  type: list
  elements: str
  sample: ["files[2].path: 'etc/bind/named.conf' is not absolute"]
restored:
  description: Whether the new set was live for a moment and the old one was put back.
  returned: failure after the swap
  type: bool
  sample: true
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.config_set.engine import apply
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSetError
from ansible_collections.onprem.chat.plugins.module_utils.config_set.outcome import Run
from ansible_collections.onprem.chat.plugins.module_utils.config_set.payload import unpack

ACCOUNTS = {"owner": {"type": "str", "default": "root"}, "group": {"type": "str", "default": "root"}}
LEVEL = {"type": "str", "choices": ["none", "reload", "restart"], "default": "none"}
PATH = {"type": "str", "required": True}
LINES = {"type": "list", "elements": "str", "default": []}

FILES = {
    "path": PATH,
    "template": {"type": "str"},
    "content": {"type": "str"},
    "src": {"type": "str"},
    "remote_src": {"type": "str"},
    "vars": {"type": "dict"},
    **ACCOUNTS,
    "mode": {"type": "str", "default": "0644"},
    "secret": {"type": "bool", "default": False, "no_log": False},
    "zone_serial": {"type": "bool", "default": False},
    "block": {"type": "bool", "default": False},
    "on_change": LEVEL,
}
DIRECTORIES = {"path": PATH, **ACCOUNTS, "mode": {"type": "str", "default": "0755"}}
LINKS = {"path": PATH, "target": {"type": "str", "required": True}}
TREES = {"path": PATH, "archive": PATH, "strip_components": {"type": "int", "default": 0}, **ACCOUNTS}
SERVICES = {
    "name": {"type": "str", "required": True},
    "enabled": {"type": "bool"},
    "state": {"type": "str", "choices": ["started", "stopped"]},
    "on_change": {**LEVEL, "choices": [*LEVEL["choices"], "unit"]},
}


def items(options):
    return {"type": "list", "elements": "dict", "default": [], "options": options}


ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "files": items(FILES),
    "directories": items(DIRECTORIES),
    "links": items(LINKS),
    "trees": items(TREES),
    "absent": LINES,
    "validate": LINES,
    "commands": LINES,
    "services": items(SERVICES),
    "health": LINES,
    "health_timeout": {"type": "int", "default": 30},
    "state_directory": {"type": "path", "default": "/var/lib/onprem-chat/sets"},
    # Everything above but the name and the state directory comes in here.
    "payload": {"type": "str", "no_log": True},
}


def labeller(module):
    """Gives a new file the SELinux label of its place, where there is SELinux."""
    if module.check_mode or not module.selinux_enabled():
        return None

    def label(staged, final):
        live = module.selinux_context(final)
        wanted = live if live[0] else module.selinux_default_context(final)
        module.set_context_if_different(staged, wanted, False)

    return label


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not module.params["payload"]:
        module.fail_json(msg="config_set was called without its action plugin; call it as onprem.chat.config_set from a task")
    run = Run(
        state_dir=module.params["state_directory"],
        now=int(time.time()),
        check=module.check_mode,
        diff=module._diff,
        label=labeller(module),
    )
    try:
        outcome = apply(unpack(module.params["payload"]), run)
    except ConfigSetError as error:
        module.fail_json(msg=str(error), errors=list(error.errors), **error.facts)
    except OSError as error:
        module.fail_json(msg=f"{module.params['name']}: {error}")
    for warning in outcome.warnings:
        module.warn(warning)
    result = outcome.facts()
    if outcome.diff:
        result["diff"] = outcome.diff
    module.exit_json(**result)


if __name__ == "__main__":
    main()
