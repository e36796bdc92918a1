# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the surveys of all hosts together, on the control node."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible_collections.onprem.chat.plugins.module_utils.preflight import expectation, survey
from ansible_collections.onprem.chat.plugins.module_utils.preflight.finding import PreflightError, report
from ansible_collections.onprem.chat.plugins.module_utils.preflight.judge import judge

SPEC = {
    "surveys": {"type": "str", "required": True},
    "air_gap": {"type": "bool", "default": True},
    "clock_skew": {"type": "float", "default": 300},
    "not_before": {"type": "float", "default": 0},
}


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, wanted = self.validate_argument_spec(argument_spec=SPEC)
        variable = wanted.pop("surveys")
        hosts = task_vars["ansible_play_hosts_all"]
        registered = {host: task_vars["hostvars"][host].get(variable, {}) for host in hosts}
        try:
            found = verdict(hosts, registered, expectation.Policy(**wanted))
        except PreflightError as error:
            return {**result, "failed": True, "msg": str(error)}
        fit = not any(finding.blocking for finding in found)
        result.update(changed=False, ok=fit, findings=[finding.as_dict() for finding in found], report=report(found))
        if fit and found:
            self._display.warning(result["report"], formatted=True)
        return result


def verdict(hosts, registered, policy):
    """Judges the answers of M(onprem.chat.host_survey_facts), by host; a host whose survey failed has none."""
    seen = {host: answer for host, answer in registered.items() if "survey" in answer}
    faults, expected = [], {}
    for host, answer in seen.items():
        try:
            expected[host] = expectation.parse(host, answer["expect"])
        except PreflightError as error:
            faults.extend(error.faults)
    if faults:
        raise PreflightError(faults)
    return judge(hosts, {host: survey.parse(host, answer["survey"]) for host, answer in seen.items()}, expected, policy)
