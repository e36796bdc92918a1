#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_probe
short_description: Asks name servers from this host
version_added: 0.1.0
description:
  - Asks each name server directly, whatever this host's own resolver would do, and returns the answers with what they say of
    themselves - code, authority, serial of the zone, DNSSEC.
  - Never fails because of what was answered. What was expected can be said, and RV(ok) judges it.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - dnspython 2.3 or later
options:
  questions:
    description: What to ask, in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description: Address of the name server.
        type: str
        required: true
      name:
        description: Name to ask for.
        type: str
        required: true
      type:
        description: Type of record.
        type: str
        default: A
      recursion:
        description: Whether the server may look elsewhere.
        type: bool
        default: true
      expected:
        description: All answers that there must be, in any order, as in a zone file; an empty list for none. Without it any will do.
        type: list
        elements: str
      rcode:
        description: Code that there must be, such as V(NOERROR), V(NXDOMAIN) or V(REFUSED). Without it any will do.
        type: str
        default: ""
  timeout:
    description: For how long each answer is awaited, in seconds.
    type: float
    default: 3
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
"""

EXAMPLES = r"""
- name: Compare the zone on both name servers
  onprem.chat.dns_probe:
    questions:
      - {server: 192.168.1.53, name: example.lan, type: SOA}
      - {server: 192.168.1.54, name: example.lan, type: SOA}
      - {server: 192.168.1.53, name: chat.example.lan, expected: [192.168.1.30]}
      - {server: 192.168.1.53, name: www.example.com, rcode: NXDOMAIN}
  register: names
"""

RETURN = r"""
ok:
  description: Whether every server answered, and as expected.
  returned: success
  type: bool
  sample: true
answers:
  description: What was answered to each question, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: Who was asked.
      type: str
      sample: 192.168.1.53
    name:
      description: For which name.
      type: str
      sample: chat.example.lan
    type:
      description: For which type of record.
      type: str
      sample: A
    rcode:
      description: Code of the answer, empty when there was none.
      type: str
      sample: NOERROR
    answers:
      description: The records, as in a zone file, sorted.
      type: list
      elements: str
      sample: [192.168.1.30]
    aliases:
      description: Names that the name is an alias of.
      type: list
      elements: str
    serial:
      description: Serial of the zone, where the answer holds it.
      type: int
      sample: 2024010101
    authoritative:
      description: Whether the server knows it by itself (bit AA).
      type: bool
    validated:
      description: Whether the server has checked signatures (bit AD).
      type: bool
    signed:
      description: Whether signatures came along.
      type: bool
    milliseconds:
      description: How long it took.
      type: int
    error:
      description: Why there was no answer.
      type: str
    differs:
      description: What is not as expected, empty when all is.
      type: str
      sample: 192.168.1.99 instead of 192.168.1.30
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe.questions import ask, differs

QUESTION = {
    "server": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "default": "A"},
    "recursion": {"type": "bool", "default": True},
    "expected": {"type": "list", "elements": "str"},
    "rcode": {"type": "str", "default": ""},
}
SPEC = {
    "questions": {"type": "list", "elements": "dict", "required": True, "options": QUESTION},
    "timeout": {"type": "float", "default": 3},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    answers = []
    try:
        for one in module.params["questions"]:
            answer = ask(one["server"], one["name"], one["type"], one["recursion"], module.params["timeout"])
            answers.append({**answer, "differs": differs(answer, one["expected"], one["rcode"])})
    except ImportError as error:
        module.fail_json(msg=f"{error}: install python3-dnspython on this host")
    except ValueError as error:
        module.fail_json(msg=f"questions[{len(answers)}]: {error}")
    module.exit_json(changed=False, answers=answers, ok=not any(answer["differs"] for answer in answers))


if __name__ == "__main__":
    main()
