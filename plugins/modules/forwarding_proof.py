#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: forwarding_proof
short_description: Prove rendered rules against their plan in the real kernel, before they touch a router
version_added: 0.1.0
description:
  - Builds the network of a plan in throw-away network namespaces (the router, the outside, each LAN), loads the rendered rules into the
    router's, sends what every verdict of the plan speaks of, TCP, UDP, IPv4, IPv6 and protocols without ports, and reports each verdict that
    the kernel does not agree with.
  - For each question it holds against the verdict whether it was answered, by which address and port, and as whom the client was seen. A question
    that stays without an answer is a refusal only when it did arrive at the router.
  - Nothing outside the namespaces is touched, and nothing of them remains, even when the module is killed.
  - Runs on Linux, as a rule on the control node (C(delegate_to) or C(hosts) V(localhost)), with C(ip) and the tool of the backend installed. As root
    or, by way of a user namespace, as anybody; large rulesets may need root, which the error then says.
  - The kernel that answers is the one it runs on, not the router's.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes.info
options:
  plan:
    description: The plan, as RV(onprem.chat.forwarding_plan#module:plan) has it.
    type: dict
    required: true
  verdicts:
    description:
      - The verdicts to ask, as RV(onprem.chat.forwarding_plan#module:verdicts) has them. Each needs C(source) and, unless it is the
        router's, C(interface) besides what is always there.
      - All verdicts of the plan when not given.
    type: list
    elements: dict
  backend:
    description: What O(ruleset) is for.
    type: str
    choices: [nftables, iptables]
    default: nftables
  ruleset:
    description: The rules, as text for C(nft -f) or C(iptables-restore).
    type: str
    required: true
  ruleset6:
    description: The rules for C(ip6tables-restore), with O(backend=iptables). When not given, there is no IPv6 filter.
    type: str
  report_only:
    description: Report disagreements without failing.
    type: bool
    default: false
  allow_unproved:
    description: Where network namespaces cannot be made, return RV(proved=false) and RV(reason) instead of failing.
    type: bool
    default: false
  timeout:
    description: How many seconds it may take in all.
    type: float
    default: 300
seealso:
  - module: onprem.chat.forwarding_plan
"""

EXAMPLES = r"""
- name: Compute the plan
  onprem.chat.forwarding_plan:
    router: "{{ router }}"
    services: "{{ services }}"
    targets: [nftables]
  register: forwarding

- name: Prove its rules
  onprem.chat.forwarding_proof:
    plan: "{{ forwarding.plan }}"
    verdicts: "{{ forwarding.verdicts }}"
    ruleset: "{{ forwarding.rendered.nftables }}"
  delegate_to: localhost
"""

RETURN = r"""
proved:
  description: Whether the kernel agreed with every verdict. Never V(true) when nothing was asked of it.
  returned: always
  type: bool
reason:
  description: Why there is no proof.
  returned: when network namespaces cannot be made and O(allow_unproved=true)
  type: str
rows:
  description: How many verdicts were asked.
  returned: always
  type: int
disagreements:
  description: The verdicts that the kernel does not agree with, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    row:
      description: The verdict.
      type: dict
    expected:
      description: What it says, as C(outcome), C(reaches), C(reaches_port), C(sees_address) and C(sees_source).
      type: dict
    seen:
      description:
        - What was seen, as C(outcome), C(reaches), C(reaches_port) and C(sees_address), with a C(note) where that needs words.
        - C(reaches) is where the question arrived, even when its answer did not come back.
      type: dict
    decided_by:
      description:
        - The rule that dropped it, else the rules and policies that let it pass, from the kernel's trace.
        - Null where this machine has no tool to trace with (C(nft), or else C(xtables-monitor) with O(backend=iptables)), and after the
          first 50 disagreements.
      type: str
flows_per_second:
  description: How many questions of each protocol went through in a second, null when there was none.
  returned: when it was run
  type: dict
  contains:
    tcp:
      description: TCP connections.
      type: int
    udp:
      description: UDP questions.
      type: int
seconds:
  description: How long it took, namespaces included.
  returned: when it was run
  type: float
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.serial import from_data
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.verdicts import verdicts
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.error import ProofError, Unavailable
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.proof import serve
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.report import failure
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.supervisor import Supervisor

SPEC = {
    "plan": {"type": "dict", "required": True},
    "verdicts": {"type": "list", "elements": "dict"},
    "backend": {"type": "str", "choices": ["nftables", "iptables"], "default": "nftables"},
    "ruleset": {"type": "str", "required": True},
    "ruleset6": {"type": "str"},
    "report_only": {"type": "bool", "default": False},
    "allow_unproved": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 300},
}


def prove(params):
    """Ask the supervisor; the rows are the plan's own unless others are given."""
    rows = params["verdicts"]
    if rows is None:
        rows = verdicts(from_data(params["plan"]))
    request = {key: params[key] for key in ("plan", "backend", "ruleset", "ruleset6")}
    with Supervisor(serve) as supervisor:
        return supervisor.ask({**request, "verdicts": rows}, params["timeout"])


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    params = module.params
    try:
        result = prove(params)
    except Unavailable as error:
        if params["allow_unproved"]:
            module.exit_json(changed=False, proved=False, reason=str(error), rows=0, disagreements=[])
        module.fail_json(msg=str(error), proved=False, rows=0, disagreements=[])
    except ProofError as error:
        module.fail_json(msg=str(error), proved=False, rows=0, disagreements=[])
    if result["disagreements"] and not params["report_only"]:
        module.fail_json(msg=failure(result), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
