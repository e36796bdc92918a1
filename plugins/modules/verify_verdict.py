#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_verdict
short_description: Judges the ladders of all vantages together
version_added: 0.1.0
description:
  - Takes what M(onprem.chat.site_probe), M(onprem.chat.chat_probe), M(onprem.chat.port_probe) and M(onprem.chat.nat_ruleset_info) returned
    on each vantage, makes one ladder of it, and prints a terse table. Every broken rung is named with what was expected and seen, the
    likely cause and what to do. Who else saw the same decides on the cause.
  - Never fails because of what it judges; look at RV(ok).
  - Hosts on which all probes were skipped are no vantages.
  - Runs on the control node alone.
author:
  - The onprem.chat maintainers (@onprem)
options:
  ladders:
    description: Names of the variables in which each vantage has the registered results of its probes, the lowest rungs first.
    type: list
    elements: str
    required: true
  seats:
    description:
      - The vantages, by host a mapping with its C(seat) and the C(address) that the chat server has for it, as M(onprem.chat.site_plan)
        returns them. Empty means the hosts of the play.
    type: dict
    default: {}
  table:
    description: Whether the table is printed.
    type: bool
    default: true
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
"""

EXAMPLES = r"""
- name: Judge what was seen
  onprem.chat.verify_verdict:
    ladders: [ladder]
  register: verdict
  run_once: true

- name: Stop when something is broken
  ansible.builtin.fail:
    msg: "{{ verdict.findings | join('\n') }}"
  when: not verdict.ok
  run_once: true
"""

RETURN = r"""
ok:
  description: Whether every vantage answered and nothing is broken.
  returned: always
  type: bool
findings:
  description: One line for each problem and each vantage that never answered.
  returned: always
  type: list
  elements: str
silent:
  description: Vantages that never answered.
  returned: always
  type: list
  elements: str
problems:
  description: What is broken, over all vantages.
  returned: always
  type: list
  elements: dict
  contains:
    vantages:
      description: Who saw it.
      type: list
      elements: str
    rung:
      description: Which rung it is.
      type: str
      sample: tls 443
    kind:
      description: What kind of rung.
      type: str
      sample: tls
    expected:
      description: What should be.
      type: str
    seen:
      description: What was; by several vantages, each once.
      type: str
    cause:
      description: The likely cause, after a look at what the other vantages saw.
      type: str
    remedy:
      description: What to do.
      type: str
    affects:
      description: What else is broken because of this, each with its vantage.
      type: list
      elements: str
vantages:
  description: By host, the whole ladder and its first broken rung.
  returned: always
  type: dict
  contains:
    seat:
      description: Where it sits; V(lan), V(outside), V(server), V(router) or V(controller).
      type: str
    ok:
      description: Whether nothing is broken for this vantage.
      type: bool
    first_broken:
      description: The lowest rung that is broken, empty when none is.
      type: str
      sample: tls 443
    steps:
      description: Every rung, as M(onprem.chat.site_probe) returned it.
      type: list
      elements: dict
"""
