# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.relay.model import RelayError
from ansible_collections.onprem.chat.plugins.module_utils.relay.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.relay.plan import compute

DOCUMENTATION = r"""
name: turn_relay_plan
short_description: Settings of a relay and the fence around it
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes the lines of coturn's settings and the networks that the kernel keeps it away from, of the variables of the role
    P(onprem.chat.turn_relay#role). It fails with everything that is wrong with them.
positional: _input
options:
  _input:
    description: The variables of the role, their names without C(turn_relay_).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: See where a relay does not lead to
  ansible.builtin.debug:
    msg: "{{ (relay | onprem.chat.turn_relay_plan).refused }}"
  vars:
    relay:
      name: turn.example.com
      address: 192.168.1.31
      public_address: 203.0.113.11
      port: 3478
      tls_port: 443
      ports: 49152-65535
      chain_path: /etc/onprem-chat/tls/turn.example.com.pem
      denied_peers: [203.0.113.10]
      user_quota: 32
      total_quota: 2000
      max_bps: 0
"""

RETURN = r"""
_value:
  description:
    - C(settings), the lines without secrets and paths.
    - C(refused), networks that it refuses, and C(excepted), what it does not refuse of them after all.
  type: dict
"""


def turn_relay_plan(relay: Any) -> dict[str, Any]:
    try:
        return {name: list(rows) for name, rows in asdict(compute(parse(relay))).items()}
    except RelayError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"turn_relay_plan": turn_relay_plan}
