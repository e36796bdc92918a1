#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell around the core in module_utils/nat_ruleset."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_ruleset
short_description: Put a rendered NAT ruleset on a router, and take it back when nobody confirms it
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Loads what M(onprem.chat.forwarding_plan) has rendered, in one transaction. It touches the nftables table C(inet onprem_chat)
    or the iptables chains C(ONPREM_*) and the jumps into them, and nothing else.
  - The text is loaded into a network namespace of its own first. So a ruleset that the kernel refuses, or that touches rules of
    others, never reaches the router, and what runs is compared by what the kernel makes of it.
  - A change has to be confirmed over a new connection, which the action plugin does. When that does not work, the router goes
    back by itself to what was confirmed before, O(confirm_seconds) after the change began. It needs nobody for that. A router
    that reboots meanwhile comes up with what was confirmed before.
  - Connections of forwards that are gone, that lead elsewhere, or whose source may no longer come in, are cut when the change is
    confirmed. No others are.
  - The confirmed ruleset is loaded at boot before the network is up, and comes back when C(nftables.service) or
    C(netfilter-persistent.service) flush the kernel's tables. Forwarding is switched on and stays on.
  - A run that was killed is healed by the next one; when none comes, the router falls back.
extends_documentation_fragment:
  - onprem.chat.attributes
options:
  state:
    description:
      - V(present) brings the router to the ruleset.
      - V(absent) takes rules, files, units and kernel settings of this module away. That is not confirmed.
    type: str
    choices: [present, absent]
    default: present
  backend:
    description: What the texts are written for. Rules of the other one are taken out.
    type: str
    choices: [nftables, iptables]
    default: nftables
  ruleset:
    description: The rendered text, RV(onprem.chat.forwarding_plan#module:rendered). Required with O(state=present).
    type: str
  ruleset6:
    description: The text for C(ip6tables-restore), with O(backend=iptables).
    type: str
  forwards:
    description:
      - C(forwards), C(one_to_one) and C(pinholes) of RV(onprem.chat.forwarding_plan#module:plan), in one list.
      - They say which connections are cut when they are gone.
    type: list
    elements: dict
    default: []
  networks:
    description: The networks of the LANs. Their clients may use a forward whatever its C(sources), as long as it has C(hairpin).
    type: list
    elements: str
    default: []
  ipv6_forwarding:
    description: Whether the router forwards IPv6 as well.
    type: bool
    default: false
  accept_ra:
    description:
      - Interfaces that go on taking router advertisements with O(ipv6_forwarding=true). The kernel stops that otherwise, and
        the default route is lost. An interface that takes none stays as it is.
    type: list
    elements: str
    default: []
  confirm_seconds:
    description: Seconds until the router falls back, 5 to 3600; V(0) asks for no confirmation.
    type: int
    default: 60
  confirm_token:
    description: Which run is confirmed. It is filled in by the action plugin and not for use in tasks.
    type: str
notes:
  - Needs root, systemd, C(/usr/bin/python3) and the programs C(nft) or C(iptables-restore) and C(ip6tables-restore) on the router.
  - The prediction of check mode includes what the kernel says to the ruleset, unless the programs are not installed yet.
seealso:
  - module: onprem.chat.forwarding_plan
  - module: onprem.chat.nat_ruleset_info
"""

EXAMPLES = r"""
- name: Compute the rules
  onprem.chat.forwarding_plan:
    router: "{{ router }}"
    services: "{{ services }}"
    targets: [nftables]
  delegate_to: localhost
  register: computed

- name: Put them on the router
  onprem.chat.nat_ruleset:
    ruleset: "{{ computed.rendered.nftables }}"
    forwards: "{{ computed.plan.forwards + computed.plan.one_to_one + computed.plan.pinholes }}"
    networks: "{{ computed.plan.lans | map(attribute='network') }}"

- name: Take everything away
  onprem.chat.nat_ruleset:
    state: absent
"""

RETURN = r"""
parts:
  description:
    - What changed, or would change. V(rules) run in the kernel, V(settings) are kernel settings, V(stored) is what a boot loads,
      V(files) are units and the program that falls back.
  returned: success
  type: list
  elements: str
  sample: [rules, stored]
files:
  description: Files that were or would be written, or with O(state=absent) removed.
  returned: success
  type: list
  elements: str
  sample: [/etc/systemd/system/onprem-chat-nat.service]
digest:
  description: SHA-256 over the texts; empty with O(state=absent).
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
confirmed:
  description: Whether a new connection was made to confirm the change.
  returned: success
  type: bool
  sample: true
cut:
  description: How many connections were cut.
  returned: when something changed
  type: int
  sample: 0
"""

import secrets

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset import error, flows, model, store, view
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset_shell import program

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "backend": {"type": "str", "choices": ["nftables", "iptables"], "default": "nftables"},
    "ruleset": {"type": "str"},
    "ruleset6": {"type": "str"},
    "forwards": {"type": "list", "elements": "dict", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
    "ipv6_forwarding": {"type": "bool", "default": False},
    "accept_ra": {"type": "list", "elements": "str", "default": []},
    "confirm_seconds": {"type": "int", "default": 60},
    "confirm_token": {"type": "str", "no_log": False},
}


def request(params):
    """What the task asks for. Raises NatRulesetError."""
    seconds = program.patience(params["confirm_seconds"])
    if not (params["ruleset"] or "").strip():
        raise error.NatRulesetError("ruleset: is required with state present; state absent takes the rules away")
    if params["ruleset6"] and params["backend"] != "iptables":
        raise error.NatRulesetError("ruleset6: is for backend iptables; with nftables one ruleset holds both families")
    names = model.BACKENDS[params["backend"]]
    return view.Request(
        backend=params["backend"],
        texts=dict(zip(names, (params["ruleset"], params["ruleset6"] or ""))),
        openings=flows.normalise(params["forwards"]),
        networks=flows.known_networks(params["networks"]),
        ipv6=params["ipv6_forwarding"],
        advertised=tuple(sorted(params["accept_ra"])),
        seconds=seconds,
        token=secrets.token_hex(8),
        sources=program.sources(),
    )


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    program.serve(module, store.Store(), request)


if __name__ == "__main__":
    main()
