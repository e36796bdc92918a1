# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is told by its name would let nobody in; that is said."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.host_openings import host_openings

PLAN = {"lans": [], "forwards": [], "pinholes": []}


def test_a_name_is_no_address():
    assert host_openings(PLAN, ["192.168.1.40"]) == []
    with pytest.raises(AnsibleFilterError, match=r"'gateway' does not appear to be an IPv4 .* gateway_addresses"):
        host_openings(PLAN, ["gateway"])
    with pytest.raises(AnsibleFilterError, match="not the plan"):
        host_openings({}, ["192.168.1.40"])
