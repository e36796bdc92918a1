# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.work import work

DOCUMENTATION = r"""
name: router_work
short_description: What a forwarding plan means for its router besides rules
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Gives what the tasks of a router need of a plan, in the form in which M(onprem.chat.nat_ruleset) and M(onprem.chat.nat_probe)
    take it.
positional: _input
options:
  _input:
    description: RV(onprem.chat.forwarding_plan#module:plan).
    type: dict
    required: true
  prefix:
    description: What stands before the names of the user's variables where a place in them is named.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Put the rules on the router
  onprem.chat.nat_ruleset:
    ruleset: "{{ computed.rendered.nftables }}"
    forwards: "{{ (computed.plan | onprem.chat.router_work).openings }}"
"""

RETURN = r"""
_value:
  description:
    - C(openings), C(networks), C(ports), C(wan), C(lan), C(publics), C(addresses), C(ipv6), and C(add) and C(remove), the lines
      for C(ip -batch) that make public addresses present.
  type: dict
"""


def router_work(plan: Any, prefix: str = "") -> dict[str, Any]:
    try:
        return work(plan, prefix)
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"router_work: this is not the plan of onprem.chat.forwarding_plan ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"router_work": router_work}
