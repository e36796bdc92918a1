# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.site_plan: it hands the inventory to the core and never leaves the controller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import parse_site
from ansible_collections.onprem.chat.plugins.module_utils.site.plan import compute
from ansible_collections.onprem.chat.plugins.module_utils.site.reader import Unusable


class _Variables(Mapping[str, Any]):
    """The variables of a host, with those that Ansible cannot resolve as :class:`Unusable` instead of an exception."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> Any:
        try:
            return self._variables[name]
        except AnsibleError as error:
            return Unusable(str(error))

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


class ActionModule(ActionBase):
    """Compute the plan of the site that the inventory describes."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result = super().run(tmp, variables)
        self.validate_argument_spec(argument_spec={})
        try:
            hostvars = {host: _Variables(variables["hostvars"][host]) for host in variables["groups"]["all"]}
            plan = compute(parse_site(variables["groups"], hostvars))
        except SiteError as error:
            raise AnsibleActionFail(error.told("The inventory does not describe a site")) from None
        return {**result, "changed": False, **plan}
