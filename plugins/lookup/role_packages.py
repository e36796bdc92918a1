# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian packages that roles of this collection install."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: role_packages
short_description: The Debian packages that roles of this collection install
version_added: 0.1.0
description:
  - Reads the package lists out of the roles' C(vars/Debian-RELEASE.yml) or, where a role has none, C(vars/Debian.yml), as the
    roles themselves do.
  - So one list serves the bundle's builder, the hosts that install from the bundle, and the role on its own.
author:
  - The onprem.chat maintainers (@onprem)
options:
  _terms:
    description: Names of roles, with or without V(onprem.chat.) in front. None means all roles of the collection.
    type: list
    elements: str
  release:
    description: The Debian release by number.
    type: str
    required: true
  without_roles:
    description: Names of roles that are left out.
    type: list
    elements: str
    default: []
  without:
    description: Names of packages that are left out.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what a chat server on Debian 12 needs
  ansible.builtin.debug:
    msg: "{{ lookup('onprem.chat.role_packages', 'time_source', 'chat_server', release='12') }}"
"""

RETURN = r"""
_raw:
  description: Names of packages, sorted, each once.
  type: list
  elements: str
"""

from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.role_packages import role_packages, union

ROLES = Path(__file__).resolve().parents[2] / "roles"


class LookupModule(LookupBase):
    """One flat list for all the roles."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        roles = [str(term).rpartition(".")[2] for term in terms] or sorted(path.name for path in ROLES.iterdir() if path.is_dir())
        unknown = [role for role in roles if not (ROLES / role).is_dir()]
        if unknown:
            raise AnsibleError(f"onprem.chat has no role {', '.join(unknown)}")
        left_out = self.get_option("without_roles")
        try:
            names = union(
                role_packages(role, str(self.get_option("release")), self._reader(role)) for role in roles if role not in left_out
            )
            return [[name for name in names if name not in self.get_option("without")]]
        except BundleError as error:
            raise AnsibleError(str(error)) from error

    def _reader(self, role):
        def read(name):
            path = ROLES / role / "vars" / name
            return self._loader.load_from_file(str(path)) or {} if path.is_file() else None

        return read
