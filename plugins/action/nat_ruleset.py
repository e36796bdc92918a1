# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of nat_ruleset: one module call, and after a change a second one over a connection that is new."""

from __future__ import annotations

import time

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

PAUSE = 1  # seconds between two attempts


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    MODULE = "onprem.chat.nat_ruleset"
    WHO = "router"
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        arguments = {name: value for name, value in self._task.args.items() if name != "confirm_token"}
        result.update(self._execute_module(module_name=self.MODULE, module_args=arguments, task_vars=task_vars))
        token, seconds = result.pop("pending", None), result.pop("seconds", 0)
        if result.get("failed"):
            return result
        result["confirmed"] = False
        if token:
            self._confirm(result, token, time.monotonic() + seconds, task_vars)
        return result

    def _confirm(self, result, token, deadline, task_vars):
        """Ask the host over a new connection to keep what runs; the result says what came of it."""
        trouble = ""
        with _NewConnection(self._connection):
            while not trouble or time.monotonic() + PAUSE < deadline:
                if trouble:
                    time.sleep(PAUSE)
                try:
                    answer = self._execute_module(
                        module_name=self.MODULE, module_args={"confirm_token": token}, task_vars=task_vars
                    )
                except (AnsibleConnectionFailure, AnsibleError) as error:
                    trouble = str(error).strip()
                    continue
                if answer.get("failed"):
                    reason = answer.get("msg") or answer.get("module_stderr") or "the module failed"
                    result.update(failed=True, msg=f"the change was not confirmed: {reason}")
                else:
                    result.update(confirmed=True, cut=answer.get("cut", 0))
                return
        left = max(0, round(deadline - time.monotonic()))
        result.update(
            failed=True,
            msg=f"the {self.WHO} runs the new rules but cannot be reached over a new connection ({trouble}); without a "
            f"confirmation it falls back by itself to the rules before, in {left} s",
        )


class _NewConnection:
    """While it lasts nothing goes over a connection from before: neither over ssh's shared one nor over an open one."""

    def __init__(self, connection):
        self._connection = connection
        self._extra = None

    def __enter__(self):
        if self._connection.transport == "local":
            return
        self._connection.reset()
        if self._connection.transport == "ssh":
            self._extra = self._connection.get_option("ssh_extra_args") or ""
            self._connection.set_option("ssh_extra_args", f"{self._extra} -o ControlPath=none".strip())

    def __exit__(self, *_details):
        if self._extra is not None:
            self._connection.set_option("ssh_extra_args", self._extra)
