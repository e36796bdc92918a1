# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.egress.table import table

DOCUMENTATION = r"""
name: egress_table
short_description: A terse table of who tried to leave the network
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes lines for a terminal of what M(onprem.chat.egress_audit_info) returned on several hosts.
positional: _input
options:
  _input:
    description: Pairs of a host and its result.
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ [[inventory_hostname, audit]] | onprem.chat.egress_table }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def egress_table(results: Any) -> list[str]:
    try:
        return table(dict(results))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnsibleFilterError(f"egress_table: these are not results of onprem.chat.egress_audit_info ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"egress_table": egress_table}
