# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of onprem.chat.dns_zone_plan: it hands its options to the core and never leaves the controller."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.dns.arguments import ARGUMENTS
from ansible_collections.onprem.chat.plugins.module_utils.dns.error import DnsError
from ansible_collections.onprem.chat.plugins.module_utils.dns.plan import Places, plan


class ActionModule(ActionBase):
    """Compute the zones of a site."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars or {})
        _validated, given = self.validate_argument_spec(argument_spec=ARGUMENTS)
        places = Places(given["primary_directory"], given["secondary_directory"])
        try:
            made = plan(given, places, prefix=given["path_prefix"])
        except DnsError as error:
            raise AnsibleActionFail(error.told("The domain cannot be served as described")) from None
        return {**result, "changed": False, **made}
