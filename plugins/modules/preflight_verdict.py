#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_verdict
short_description: Judges the surveys of all hosts of a site together
version_added: 0.1.0
description:
  - Holds what M(onprem.chat.host_survey_facts) saw on each host of the play against what the site expects of it,
    and the hosts against each other. Names every fault at once, each with its host, what is wrong and what to do.
  - Never fails because of what it judges; look at RV(ok). Warnings alone are shown as such.
  - Runs on the control node alone.
author:
  - The onprem.chat maintainers (@onprem)
options:
  surveys:
    description:
      - Name of the variable in which each host of the play has the registered result of its survey.
      - A host of the play that has none could not be surveyed, which is a blocking finding.
    type: str
    required: true
  air_gap:
    description: Whether the site is meant to have no way out. If so, a way out is a warning.
    type: bool
    default: true
  clock_skew:
    description: How many seconds a host's clock may differ from the control node's.
    type: float
    default: 300
  not_before:
    description: Epoch before which no clock may lie, for instance that of the bundle. V(0) is none.
    type: float
    default: 0
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.host_survey_facts
"""

EXAMPLES = r"""
- name: Judge the site
  onprem.chat.preflight_verdict:
    surveys: survey
  register: verdict
  run_once: true

- name: Stop when a host is not fit
  ansible.builtin.fail:
    msg: "{{ verdict.report }}"
  when: not verdict.ok
  run_once: true
"""

RETURN = r"""
ok:
  description: Whether nothing must be put right first.
  returned: always
  type: bool
report:
  description: The findings as text, empty when there is none.
  returned: always
  type: str
findings:
  description: All findings, blocking ones first.
  returned: always
  type: list
  elements: dict
  contains:
    host:
      description: The host that has the fault.
      type: str
    level:
      description: Whether it must be put right first.
      type: str
      sample: blocking
    subject:
      description: What it is about.
      type: str
      sample: disk
    what:
      description: What is wrong.
      type: str
      sample: '/srv: 200 MB free, 1500 MB needed'
    remedy:
      description: What to do.
      type: str
      sample: Free space there or enlarge it
"""
