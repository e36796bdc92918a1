# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the survey on the host and holds the host's clock against the control node's."""

from __future__ import annotations

from ansible_collections.onprem.chat.plugins.action import site_host_info


class ActionModule(site_host_info.ActionModule):
    facts = "survey"
    ahead = "clock_offset"
    give = ""
