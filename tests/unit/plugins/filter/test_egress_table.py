# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the egress audit, as a playbook asks for it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.egress_table import egress_table


def test_table():
    assert egress_table([("chat", {"active": True, "tries": []})]) == ["nobody tried to leave: chat"]


def test_other_things_are_refused():
    with pytest.raises(AnsibleFilterError, match="egress_audit_info"):
        egress_table(["chat"])
