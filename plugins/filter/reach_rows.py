# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.reach import reach

DOCUMENTATION = r"""
name: reach_rows
short_description: What a host has to reach outside, as its vendor's page tells to test it
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Gives the TCP ports that the services of a host declare towards named destinations, as rows of M(onprem.chat.port_probe).
  - Each is asked by its name, so that a name that has moved since the plan was made is found too.
positional: _input, address
options:
  _input:
    description: RV(onprem.chat.forwarding_plan#module:plan).
    type: dict
    required: true
  address:
    description: The address of the host in its LAN.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Try what the gateway needs
  onprem.chat.port_probe:
    rows: "{{ computed.plan | onprem.chat.reach_rows('192.168.1.40') }}"
  register: tried
"""

RETURN = r"""
_value:
  description: Rows for M(onprem.chat.port_probe).
  type: list
  elements: dict
"""


def reach_rows(plan: Any, address: str) -> list[dict[str, Any]]:
    try:
        return reach(plan, address)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnsibleFilterError(f"reach_rows: this is not a plan and an address of a host ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"reach_rows": reach_rows}
