# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the ladders of all vantages together, on the control node."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.verify.answers import gathered
from ansible_collections.onprem.chat.plugins.module_utils.verify.verdict import said, table, verdict

SPEC = {
    "ladders": {"type": "list", "elements": "str", "required": True},
    "seats": {"type": "dict", "default": {}},
    "table": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, wanted = self.validate_argument_spec(argument_spec=SPEC)
        variables = task_vars["hostvars"]
        seats = wanted["seats"]
        hosts = list(seats) or task_vars["ansible_play_hosts_all"]
        answers = {host: [variables[host].get(name, {}) for name in wanted["ladders"]] for host in hosts}
        ladders, silent = gathered(answers, {host: seat["seat"] for host, seat in seats.items()})
        judged = verdict(ladders, silent, seats)
        result.update(changed=False, **{key: value for key, value in judged.items() if key != "warnings"})
        if wanted["table"]:
            self._display.display(table(ladders))
        if judged["warnings"]:
            self._display.warning("\n".join(said(one) for one in judged["warnings"]), formatted=True)
        return result
