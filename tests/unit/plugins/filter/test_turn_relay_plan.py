# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of a relay, as its role asks for them."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.onprem.chat.plugins.filter.turn_relay_plan import turn_relay_plan

RELAY = {
    "name": "turn.example.lan",
    "address": "192.168.1.31",
    "port": 3478,
    "tls_port": 5349,
    "ports": "49152-65535",
    "certificate": "PEM",
    "user_quota": 1,
    "total_quota": 1,
    "max_bps": 0,
}


def test_plan():
    plan = turn_relay_plan({**RELAY, "allowed_peers": ["10.0.0.5"]})
    assert "listening-ip=192.168.1.31" in plan["settings"]
    assert "10.0.0.0/8" in plan["refused"]
    assert plan["excepted"] == ["10.0.0.5/32"]


def test_what_is_wrong_is_said():
    with pytest.raises(AnsibleFilterError, match="turn_relay_name: nothing is not"):
        turn_relay_plan({**RELAY, "name": ""})
