# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller side of host_ruleset: as that of nat_ruleset, for the rules of a host itself."""

from __future__ import annotations

from ansible_collections.onprem.chat.plugins.action.nat_ruleset import ActionModule as Confirmed


class ActionModule(Confirmed):
    MODULE = "onprem.chat.host_ruleset"
    WHO = "host"
