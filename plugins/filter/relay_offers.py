# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat.relays import offers

DOCUMENTATION = r"""
name: relay_offers
short_description: Relays as a chat server offers them
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes the rows of ejabberd's C(mod_stun_disco) of a list of relays (TURN servers).
positional: _input
options:
  _input:
    description: The relays, each with C(name) (a name or an address), C(transport) (V(udp), V(tcp) or V(tls)) and C(port).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: See what clients are told
  ansible.builtin.debug:
    msg: "{{ [{'name': 'relay.example.lan', 'transport': 'udp', 'port': 3478}] | onprem.chat.relay_offers }}"
"""

RETURN = r"""
_value:
  description: Rows with C(host), C(port), C(type), C(transport) and C(restricted).
  type: list
  elements: dict
"""


def relay_offers(relays: Any) -> list[dict[str, Any]]:
    try:
        return offers(relays)
    except ChatError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"relay_offers": relay_offers}
