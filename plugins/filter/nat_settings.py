# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.place import place
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.wish import fill, parse

DOCUMENTATION = r"""
name: nat_settings
short_description: What a product has to be told about the NAT that its host is behind
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Takes what M(onprem.chat.nat_probe) found, decides on the public address, and puts it into the product's settings.
  - Fails where the address cannot be told, or where what was given and what the name leads to differ.
positional: _input, settings
options:
  _input:
    description: What M(onprem.chat.nat_probe) returned.
    type: dict
    required: true
  settings:
    description: The settings of a product behind a NAT. V({public}) in a text stands for the public address.
    type: dict
    required: true
  direct:
    description: The settings of a product that is not behind a NAT.
    type: dict
    default: {}
  public_address:
    description: The public address where it is known. By default the one that the name leads to.
    type: str
    default: ""
  lab:
    description: Whether documentation addresses are meant, as in a lab.
    type: bool
    default: false
  prefix:
    description: What stands before the names of the user's variables where a place in them is named.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Tell the product where it is
  onprem.chat.product_settings:
    name: apuppet
    path: /opt/apuppet-server/config.yaml
    settings: "{{ (probe | onprem.chat.nat_settings({'nat': true, 'public_ip': '{public}'})).settings }}"
    command: [./install.sh]
"""

RETURN = r"""
_value:
  description: C(behind_nat), C(public_address), C(reason) and C(settings); these are empty where there is nothing to tell.
  type: dict
"""


def nat_settings(
    probe: Any, settings: Any, direct: Any = None, public_address: str = "", lab: bool = False, prefix: str = ""
) -> dict[str, Any]:
    try:
        found = place(probe, str(public_address), bool(lab), prefix)
        behind = parse(settings, "settings", prefix)
        other = parse(direct, "settings_direct", prefix) if direct else {}
    except NatAwareError as error:
        raise AnsibleFilterError(error.told("The product cannot be told where it is")) from error
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"nat_settings: this is not what onprem.chat.nat_probe returned ({error!r})") from error
    return {
        "behind_nat": found.behind_nat,
        "public_address": found.public,
        "reason": found.reason,
        "settings": fill(behind if found.behind_nat else other, found.public),
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"nat_settings": nat_settings}
