# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.error import HostFirewallError
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.render import render

DOCUMENTATION = r"""
name: host_rules
short_description: The packet filter of a host, out of what it lets in
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Renders rows of what a host lets in as the nftables table C(inet onprem_host), for M(onprem.chat.host_ruleset).
positional: _input, others, management, prefix
options:
  _input:
    description:
      - Rows with C(protocol) (V(tcp), V(udp), V(tcp+udp), V(esp), V(ah), V(gre)), C(ports) (a port, a range or a list; every port
        when left out), C(sources) (V(any), or networks and addresses) and C(comment).
      - Who is none of the C(sources) of any row with a port is refused there.
    type: list
    elements: dict
    required: true
  others:
    description: What becomes of everything that no row speaks of. V(drop) still lets in answers, ICMP and DHCP.
    type: str
    choices: [accept, drop]
    default: accept
  management:
    description: More rows, for those who keep the host.
    type: list
    elements: dict
    default: []
  prefix:
    description: What stands before the names of the user's variables where a place in them is named.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Put a gateway's own rules on it
  onprem.chat.host_ruleset:
    ruleset: "{{ rows | onprem.chat.host_rules('drop', [{'protocol': 'tcp', 'ports': 22}]) }}"
  vars:
    rows: [{protocol: tcp, ports: 9555, sources: [198.51.100.0/24]}]
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""


def host_rules(rows: Any, others: str = "accept", management: Any = None, prefix: str = "") -> str:
    try:
        return render(parse(rows, others, management, prefix))
    except HostFirewallError as error:
        raise AnsibleFilterError(error.told("There are no rules for what is described")) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"host_rules": host_rules}
