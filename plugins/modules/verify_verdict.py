#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_verdict
short_description: Judges the ladders of all vantages together
version_added: 0.1.0
description:
  - Takes what M(onprem.chat.site_probe) returned on each host of the play and prints a terse table of it. Every broken
    rung is named with what was expected and seen, the likely cause and what to do.
  - Never fails because of what it judges; look at RV(ok).
  - Hosts on which the probe was skipped are no vantages.
  - Runs on the control node alone.
author:
  - The onprem.chat maintainers (@onprem)
options:
  ladders:
    description: Name of the variable in which each host of the play has the registered result of its probe.
    type: str
    required: true
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
"""

EXAMPLES = r"""
- name: Judge what was seen
  onprem.chat.verify_verdict:
    ladders: ladder
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
  description: Whether every vantage reached the top of the ladder.
  returned: always
  type: bool
findings:
  description: One line for each broken rung and each vantage that never answered.
  returned: always
  type: list
  elements: str
silent:
  description: Vantages that never answered.
  returned: always
  type: list
  elements: str
vantages:
  description: By host, the whole ladder and its first broken rung.
  returned: always
  type: dict
  contains:
    ok:
      description: Whether this vantage reached the top.
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
