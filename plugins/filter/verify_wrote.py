# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.verify.answers import wrote

DOCUMENTATION = r"""
name: verify_wrote
short_description: The vantages whose message reached its receiver
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Tells which hosts have written a message in M(onprem.chat.site_probe), so that the others can look for it with
    M(onprem.chat.chat_probe).
positional: _input
options:
  _input:
    description: The registered results of M(onprem.chat.site_probe), by host; an empty one was never registered.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Look for what the others wrote
  onprem.chat.chat_probe:
    name: chat.example.lan
    user: probe-b
    password: "{{ vault_probe_b }}"
    messages: "{{ dict(wrote | zip(wrote | map('regex_replace', '^', 'hello from '))) }}"
  vars:
    wrote: "{{ ladders | onprem.chat.verify_wrote }}"
"""

RETURN = r"""
_value:
  description: Their names, in the order of the input.
  type: list
  elements: str
"""


def verify_wrote(answers: Any) -> list[str]:
    try:
        return wrote(answers)
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"verify_wrote: these are not results of onprem.chat.site_probe ({error!r})") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"verify_wrote": verify_wrote}
