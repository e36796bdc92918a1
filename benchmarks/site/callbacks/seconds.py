# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to a file how long each task of a run took, which tasks changed something, and whether anything failed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: seconds
type: notification
short_description: How long each task took, as JSON
description:
  - A task lasts from its start to the start of the next, so everything that Ansible does around it counts.
  - Nothing is printed. The file is named by the environment variable ONPREM_SECONDS_FILE.
requirements:
  - named in ANSIBLE_CALLBACKS_ENABLED
"""


class CallbackModule(CallbackBase):
    """One row a task: play, name, action, start, seconds, hosts on which it changed something."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "seconds"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self.play = ""
        self.rows = []

    def v2_playbook_on_play_start(self, play):
        self.play = play.get_name().strip()
        self._row("(start of the play)", "")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._row(task.get_name().strip(), task.action)

    def v2_playbook_on_handler_task_start(self, task):
        self._row(task.get_name().strip(), task.action)

    def v2_runner_on_ok(self, result):
        self.rows[-1]["hosts"] += 1
        if result._result.get("changed"):
            self.rows[-1]["changed"].append(result._host.get_name())

    def v2_playbook_on_stats(self, stats):
        now = time.time()
        for row, start in zip(self.rows, [*(row["start"] for row in self.rows[1:]), now]):
            row["seconds"] = round(start - row["start"], 4)
        hosts = {name: stats.summarize(name) for name in stats.processed}
        report = {"tasks": self.rows, "hosts": hosts, "end": now}
        Path(os.environ["ONPREM_SECONDS_FILE"]).write_text(json.dumps(report), encoding="utf-8")

    def _row(self, name, action):
        row = {"play": self.play, "name": name, "action": action, "start": time.time(), "hosts": 0, "changed": []}
        self.rows.append(row)
