# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.bundle_needs: it hands the inventory to the core and never leaves the controller."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.action.site_plan import Variables
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.needs import bundle_needs


class ActionModule(ActionBase):
    """Read what a bundle for this inventory has to hold."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result = super().run(tmp, variables)
        self.validate_argument_spec(argument_spec={})
        hostvars = {host: Variables(variables["hostvars"][host]) for host in variables["groups"]["all"]}
        try:
            needs = bundle_needs(variables["groups"], hostvars)
        except SiteError as error:
            raise AnsibleActionFail(error.told("The inventory does not say what a bundle needs")) from None
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(needs).items()}
        return {**result, "changed": False, **told}
