# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.site_plan: it hands the inventory to the core and never leaves the controller."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.site.error import SiteError
from ansible_collections.onprem.chat.plugins.module_utils.site.parse import parse_site
from ansible_collections.onprem.chat.plugins.module_utils.site.plan import compute


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
            plan = compute(parse_site(variables["groups"], variables["hostvars"]))
        except SiteError as error:
            count = len(error.problems)
            raise AnsibleActionFail(
                f"The inventory does not describe a site, {count} thing{'s' if count > 1 else ''} to mend:\n"
                + "\n".join(f"  - {problem}" for problem in error.problems),
            ) from None
        return {**result, "changed": False, **plan}
