#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell around the core in module_utils/nat_ruleset, for the rules of a host itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_ruleset
short_description: Put a host's own packet filter on it, and take it back when nobody confirms it
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Loads what P(onprem.chat.host_rules#filter) has rendered, in one transaction. It touches the nftables table C(inet onprem_host) and
    nothing else.
  - Works as M(onprem.chat.nat_ruleset) does for a router. The text is tried in a network namespace of its own first, a change has to be
    confirmed over a new connection, and without that the host goes back by itself to what was confirmed before.
  - The confirmed rules are loaded at boot before the network is up, and come back when C(nftables.service) or
    C(netfilter-persistent.service) flush the kernel's tables. Kernel settings are left alone.
  - Connections that are there when a rule goes live on until they end.
extends_documentation_fragment:
  - onprem.chat.attributes
options:
  state:
    description:
      - V(present) brings the host to the ruleset.
      - V(absent) takes rules, files and units of this module away. That is not confirmed.
    type: str
    choices: [present, absent]
    default: present
  ruleset:
    description: The rendered text. Required with O(state=present).
    type: str
  confirm_seconds:
    description: Seconds until the host falls back, 5 to 3600; V(0) asks for no confirmation.
    type: int
    default: 60
  confirm_token:
    description: Which run is confirmed. It is filled in by the action plugin and not for use in tasks.
    type: str
notes:
  - Needs root, systemd, C(/usr/bin/python3) and C(nft) on the host.
  - The prediction of check mode includes what the kernel says to the ruleset, unless C(nft) is not installed yet.
seealso:
  - plugin: onprem.chat.host_rules
    plugin_type: filter
  - module: onprem.chat.nat_ruleset
"""

EXAMPLES = r"""
- name: Let in what the gateway is for, and ssh
  onprem.chat.host_ruleset:
    ruleset: "{{ rows | onprem.chat.host_rules }}"
  vars:
    rows:
      - {protocol: tcp, ports: [9555], sources: [198.51.100.0/24]}
      - {protocol: tcp, ports: [22]}

- name: Take everything away
  onprem.chat.host_ruleset:
    state: absent
"""

RETURN = r"""
parts:
  description:
    - What changed, or would change. V(rules) run in the kernel, V(stored) is what a boot loads, V(files) are units and the program
      that falls back.
  returned: success
  type: list
  elements: str
  sample: [rules, stored]
files:
  description: Files that were or would be written, or with O(state=absent) removed.
  returned: success
  type: list
  elements: str
  sample: [/etc/systemd/system/onprem-chat-host.service]
digest:
  description: SHA-256 over the text; empty with O(state=absent).
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
confirmed:
  description: Whether a new connection was made to confirm the change.
  returned: success
  type: bool
  sample: true
cut:
  description: How many connections were cut; always none.
  returned: when something changed
  type: int
  sample: 0
"""

import secrets

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import error, seat, store, view
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset_shell import program

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "ruleset": {"type": "str"},
    "confirm_seconds": {"type": "int", "default": 60},
    "confirm_token": {"type": "str", "no_log": False},
}


def request(params):
    """What the task asks for. Raises NatRulesetError."""
    seconds = program.patience(params["confirm_seconds"])
    if not (params["ruleset"] or "").strip():
        raise error.NatRulesetError("ruleset: is required with state present; state absent takes the rules away")
    return view.Request(
        backend="host",
        texts={"host": params["ruleset"]},
        openings=(),
        networks=(),
        ipv6=False,
        advertised=(),
        seconds=seconds,
        token=secrets.token_hex(8),
        sources=program.sources(),
    )


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    program.serve(module, store.Store(seat=seat.HOST), request)


if __name__ == "__main__":
    main()
