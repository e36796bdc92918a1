# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.from_plan import openings

HINT = "playbooks/gateways.yml: gateway_addresses, or ansible_host where it is one"

DOCUMENTATION = r"""
name: host_openings
short_description: What a router's plan leads to a host, for the host's own packet filter
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Gives rows as P(onprem.chat.host_rules#filter) takes them, so that router and host let in the same.
  - Where only some may come in from outside and C(hairpin) is on, the networks of the LANs may too.
positional: _input, addresses
options:
  _input:
    description: RV(onprem.chat.forwarding_plan#module:plan).
    type: dict
    required: true
  addresses:
    description: The addresses of the host, as services of the plan name them.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Put a gateway's own rules on it
  onprem.chat.host_ruleset:
    ruleset: "{{ computed.plan | onprem.chat.host_openings(['192.168.1.40']) | onprem.chat.host_rules }}"
"""

RETURN = r"""
_value:
  description: Rows with C(protocol), C(sources), C(comment) (the service) and, for a protocol that has them, C(ports).
  type: list
  elements: dict
"""


def host_openings(plan: Any, addresses: Any) -> list[dict[str, Any]]:
    try:
        return openings(plan, addresses)
    except ValueError as error:
        raise AnsibleFilterError(f"host_openings: {error}; give the host's addresses as services name them ({HINT})") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"host_openings: this is not the plan of onprem.chat.forwarding_plan ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"host_openings": host_openings}
