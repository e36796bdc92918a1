# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import ChatError
from ansible_collections.onprem.chat.plugins.module_utils.chat.published import published

DOCUMENTATION = r"""
name: published_files
short_description: Files of a config set for what a certificate authority publishes
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Makes C(root.crt) (PEM) and C(root.cer) (DER) of a root certificate, and a binary file of each revocation list.
positional: _input, folder
options:
  _input:
    description: The root certificate in PEM.
    type: str
    required: true
  folder:
    description: The directory on the host that is to hold the files.
    type: str
    required: true
  crls:
    description: Revocation lists, from file name to DER in base64.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Publish the root certificate
  onprem.chat.config_set:
    name: pki
    files: "{{ root_pem | onprem.chat.published_files('/var/www/pki', crls=crls) }}"
"""

RETURN = r"""
_value:
  description: Rows for O(onprem.chat.config_set#module:files), each with C(path) and C(content).
  type: list
  elements: dict
"""


def published_files(root: Any, folder: str, crls: Any = None) -> list[dict[str, str]]:
    try:
        return published(root, crls or {}, folder)
    except ChatError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"published_files": published_files}
