# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the ladders of all vantages together, on the control node."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import BROKEN, WARNING
from ansible_collections.onprem.chat.plugins.module_utils.verify.report import findings, table, verdict

SPEC = {"ladders": {"type": "str", "required": True}}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, wanted = self.validate_argument_spec(argument_spec=SPEC)
        variables = task_vars["hostvars"]
        answers = {host: variables[host].get(wanted["ladders"], {}) for host in task_vars["ansible_play_hosts_all"]}
        ladders = {host: answer["steps"] for host, answer in answers.items() if "steps" in answer}
        silent = [host for host, answer in answers.items() if "steps" not in answer and not answer.get("skipped")]
        judged = verdict(ladders, silent)
        result.update(changed=False, findings=faults(ladders, judged["silent"]), **judged)
        self._display.display(table(ladders))
        mild = findings(ladders, [WARNING])
        if mild:
            self._display.warning("\n".join(mild), formatted=True)
        return result


def faults(ladders, silent):
    """What is broken, one line each; nothing to look from is a fault too."""
    lines = findings(ladders, [BROKEN])
    lines.extend(f"{host}: could not look from here; see the message above" for host in silent)
    return lines if ladders or lines else ["no vantage: there was no host to look from"]
