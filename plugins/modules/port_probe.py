#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: port_probe
short_description: Knocks at ports as the plan of a router says, and tells which are let through and which refused
version_added: 0.1.0
description:
  - Asks many ports at once from this host, and holds each answer against what the router's plan claims. Each is a rung of a ladder, as
    with M(onprem.chat.site_probe).
  - TCP is always judged. A UDP port without a program that must answer is not, unless something comes back - silence says nothing.
  - Never fails because of what it saw. M(onprem.chat.verify_verdict) puts the rungs into the ladder of this host.
author:
  - The onprem.chat maintainers (@onprem)
options:
  rows:
    description: What is asked, as M(onprem.chat.site_plan) computes it for a seat.
    type: list
    elements: dict
    required: true
    suboptions:
      rung:
        description: Name of the rung.
        type: str
        required: true
      kind:
        description: V(reach) and V(refuse) are rows of the plan; V(tcp) is the rung of that name in everybody's ladder.
        type: str
        choices: [reach, refuse, tcp]
        required: true
      protocol:
        description: How it is asked.
        type: str
        choices: [tcp, udp]
        required: true
      address:
        description: Who is asked.
        type: str
        required: true
      port:
        description: Which port.
        type: int
        required: true
      outcome:
        description: What the plan claims.
        type: str
        choices: [reach, refuse]
        required: true
      expected:
        description: The same in words.
        type: str
        required: true
      ours:
        description:
          - With O(rows[].outcome=reach), whether a program of ours listens there. Else a port that nobody answers on is not judged.
          - With O(rows[].outcome=refuse), whether our own rules refuse. They never answer, so whoever says no is a leak.
        type: bool
        default: true
      service:
        description: The service of the plan that it is about.
        type: str
        default: ""
      needs:
        description: Rungs of this host's ladder without which this one is not judged.
        type: list
        elements: str
        default: []
      echoes:
        description: Rungs that may show the same fault. When one of those is broken by it, this one is not judged.
        type: list
        elements: str
        default: []
  timeout:
    description: For how long each answer is awaited, in seconds. All are awaited at once.
    type: float
    default: 2
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
  - module: onprem.chat.forwarding_plan
"""

EXAMPLES = r"""
- name: See whether the router's own ssh is closed to this host
  onprem.chat.port_probe:
    rows:
      - rung: refuse tcp 203.0.113.10:22
        kind: refuse
        protocol: tcp
        address: 203.0.113.10
        port: 22
        outcome: refuse
        expected: is refused, without an answer
  register: knocked
"""

RETURN = r"""
steps:
  description: Every rung in the order of O(rows), as M(onprem.chat.site_probe) returns them; C(needs) and C(echoes) are for M(onprem.chat.verify_verdict).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe.ports import knock
from ansible_collections.onprem.chat.plugins.module_utils.verify.row_steps import step

ROW = {
    "rung": {"type": "str", "required": True},
    "kind": {"type": "str", "choices": ["reach", "refuse", "tcp"], "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "address": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "outcome": {"type": "str", "choices": ["reach", "refuse"], "required": True},
    "expected": {"type": "str", "required": True},
    "ours": {"type": "bool", "default": True},
    "service": {"type": "str", "default": ""},
    "needs": {"type": "list", "elements": "str", "default": []},
    "echoes": {"type": "list", "elements": "str", "default": []},
}
SPEC = {
    "rows": {"type": "list", "elements": "dict", "required": True, "options": ROW},
    "timeout": {"type": "float", "default": 2},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    rows = module.params["rows"]
    seen = knock(rows, module.params["timeout"])
    module.exit_json(changed=False, steps=[step(row, *what) for row, what in zip(rows, seen)])


if __name__ == "__main__":
    main()
