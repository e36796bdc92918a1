# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.invitations.choose import table

DOCUMENTATION = r"""
name: invitation_table
short_description: Who is invited, who has come, for people to read
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes lines of the result of M(onprem.chat.chat_invitations). No link is in them.
positional: _input
options:
  _input:
    description: The registered result.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say who is where
  ansible.builtin.debug:
    msg: "{{ invited | onprem.chat.invitation_table }}"
"""

RETURN = r"""
_value:
  description: A line for each person, and one for each sheet that was written.
  type: list
  elements: str
"""


def invitation_table(result: Any) -> list[str]:
    if not isinstance(result, Mapping) or "invitations" not in result:
        raise AnsibleFilterError("invitation_table: takes the result of chat_invitations")
    return table(result["invitations"], result.get("sheets", []))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"invitation_table": invitation_table}
