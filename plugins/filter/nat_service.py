# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.planned import planned

DOCUMENTATION = r"""
name: nat_service
short_description: What a forwarding plan says of one service to the host that it leads to
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Gives the public address of a service and the ports that are forwarded to it, as M(onprem.chat.nat_probe) takes them.
positional: _input, name
options:
  _input:
    description: RV(onprem.chat.forwarding_plan#module:plan).
    type: dict
    required: true
  name:
    description: Name of the service in the plan.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the public address of a service
  ansible.builtin.debug:
    msg: "{{ (computed.plan | onprem.chat.nat_service('puppets')).public_address }}"
"""

RETURN = r"""
_value:
  description: C(public_address) and C(ports).
  type: dict
"""


def nat_service(plan: Any, name: str) -> dict[str, Any]:
    try:
        return planned(plan, name)
    except NatAwareError as error:
        raise AnsibleFilterError(str(error)) from error
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"nat_service: this is not the plan of onprem.chat.forwarding_plan ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"nat_service": nat_service}
