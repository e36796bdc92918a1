# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the host and holds its clock against the control node's."""

from __future__ import annotations

import time

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """``facts`` is the part of the answer that has the host's ``epoch``; ``ahead`` and ``give`` name what is added."""

    _supports_check_mode = True
    _supports_async = False
    facts = "clock"
    ahead = "ahead"
    give = "give"

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        before = time.time()
        result.update(self._execute_module(task_vars=task_vars))
        after = time.time()
        facts = result.get(self.facts)
        if facts is not None:
            facts[self.ahead] = round(facts["epoch"] - (before + after) / 2, 2)
            if self.give:
                facts[self.give] = round((after - before) / 2, 2)
        return result
