# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.package.error import PackageError
from ansible_collections.onprem.chat.plugins.module_utils.package.parse import parse

DOCUMENTATION = r"""
name: chat_package
short_description: Check what is said of an operator's package
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Checks the mapping and returns it with its defaults and with what follows from it. Every error is reported at once, under its
    place in the inventory.
positional: _input
options:
  _input:
    description: The package, as C(chat_server_package) of role C(chat_server) takes it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say where the package is unpacked
  ansible.builtin.debug:
    msg: "{{ (chat_server_package | onprem.chat.chat_package).folder }}"
"""

RETURN = r"""
_value:
  description: All keys of the package, and C(folder), where it is unpacked, and C(exec_start), what our own unit starts.
  type: dict
"""


def chat_package(raw: Any) -> dict[str, Any]:
    try:
        return parse(raw, "chat_server_package").as_data()
    except PackageError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"chat_package": chat_package}
