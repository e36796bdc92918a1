# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.reach import faults

DOCUMENTATION = r"""
name: reach_faults
short_description: What keeps a host from what it has to reach outside
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Tells in one line each what is wrong - a name that the host cannot resolve, one that is elsewhere than when the router's plan
    was made, a port that does not answer.
positional: _input, plan, names
options:
  _input:
    description: What M(onprem.chat.port_probe) returns as C(steps) for the rows of P(onprem.chat.reach_rows#filter).
    type: list
    elements: dict
    required: true
  plan:
    description: RV(onprem.chat.forwarding_plan#module:plan).
    type: dict
    required: true
  names:
    description: What C(getent ahostsv4) says to each name on the host, as a mapping of names to lines.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say what is wrong
  ansible.builtin.assert:
    that: knocked.steps | onprem.chat.reach_faults(computed.plan, found) == []
  vars:
    found: {lookup.example.com: [192.0.2.9 STREAM]}
"""

RETURN = r"""
_value:
  description: A line for each fault; none when all is well.
  type: list
  elements: str
"""


def reach_faults(steps: Any, plan: Any, names: Any) -> list[str]:
    try:
        return faults(plan, steps, {name: [line.split()[0] for line in lines if line] for name, lines in names.items()})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnsibleFilterError(f"reach_faults: these are not steps, a plan and names ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"reach_faults": reach_faults}
