# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables: what is a relay, and what is said of what is none."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.relay.model import RelayError
from ansible_collections.onprem.chat.plugins.module_utils.relay.parse import parse

RELAY = {
    "name": "turn.example.com",
    "address": "192.168.1.31",
    "public_address": "203.0.113.11",
    "secret": "",
    "old_secrets": [],
    "port": 3478,
    "tls_port": "443",
    "ports": "49152-65535",
    "certificate": "",
    "chain_path": "/etc/onprem-chat/tls/turn.example.com.pem",
    "networks": ["192.168.1.0/24", "2001:db8::/64"],
    "allowed_peers": [],
    "denied_peers": ["192.168.1.1", "203.0.113.10", "2001:db8::1"],
    "user_quota": 32,
    "total_quota": 2000,
    "max_bps": 0,
}


def test_a_relay():
    relay = parse(RELAY)
    assert (str(relay.address), str(relay.public), relay.tls_port, relay.ports) == (
        "192.168.1.31",
        "203.0.113.11",
        443,
        (49152, 65535),
    )
    assert [str(one) for one in relay.networks] == ["192.168.1.0/24"]
    assert [str(one) for one in relay.denied] == ["192.168.1.1/32", "203.0.113.10/32"]


def test_without_a_router():
    assert parse({**RELAY, "public_address": ""}).public is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Turn"}, "turn_relay_name: Turn is not the full name"),
        ({"name": ""}, "turn_relay_name: nothing is not the full name"),
        ({"address": ""}, "turn_relay_address: say which address"),
        ({"address": "turn"}, "turn_relay_address: turn is not an IPv4 address"),
        ({"address": "2001:db8::31"}, "turn_relay_address: 2001:db8::31 is not an IPv4 address"),
        ({"address": "127.0.0.1"}, "turn_relay_address: 127.0.0.1 cannot be the address of a relay"),
        ({"public_address": "192.168.1.31"}, "turn_relay_public_address: 192.168.1.31 is turn_relay_address"),
        ({"port": 0}, "turn_relay_port: 0 is not a port (1-65535)"),
        ({"tls_port": True}, "turn_relay_tls_port: True is not a port"),
        ({"tls_port": 3478}, "turn_relay_tls_port: 3478 is turn_relay_port"),
        ({"tls_port": 50000}, "turn_relay_tls_port: 50000 is one of turn_relay_ports, 49152-65535"),
        ({"ports": "65535-49152"}, "turn_relay_ports: 65535-49152 is not a range of ports from 1024 on"),
        ({"ports": "500-600"}, "turn_relay_ports: 500-600 is not a range"),
        ({"ports": "50000-50099"}, "turn_relay_total_quota: 2000 are more than turn_relay_ports has (100)"),
        ({"user_quota": 2001}, "turn_relay_user_quota: 2001 are more than turn_relay_total_quota (2000)"),
        ({"max_bps": -1}, "turn_relay_max_bps: -1 is not a number of bytes a second"),
        ({"networks": "192.168.1.0/24"}, "turn_relay_networks: is not a list"),
        ({"networks": ["192.168.1.31/24"]}, "turn_relay_networks[0]: 192.168.1.31/24 has host bits set"),
        (
            {"allowed_peers": ["127.0.0.1"]},
            "turn_relay_allowed_peers: 127.0.0.1/32 is refused whatever is declared (127.0.0.0/8)",
        ),
        ({"allowed_peers": ["0.0.0.0/0"]}, "turn_relay_allowed_peers: 0.0.0.0/0 is refused whatever is declared"),
        ({"allowed_peers": ["fd00::1"]}, "turn_relay_allowed_peers[0]: fd00::1 is IPv6, and this relay leads to IPv4"),
        ({"chain_path": ""}, "turn_relay_certificate: is needed where turn_relay_chain_path names no file"),
        ({"certificate": "PEM"}, "turn_relay_certificate: has no use beside turn_relay_chain_path"),
        ({"chain_path": "turn.pem"}, "turn_relay_chain_path: turn.pem is not an absolute path"),
        ({"key_path": "/etc/my keys/turn.key"}, "turn_relay_key_path: /etc/my keys/turn.key is not an absolute path"),
        ({"old_secrets": "old"}, "turn_relay_old_secrets: is not a list"),
    ],
)
def test_what_is_none(change, says):
    with pytest.raises(RelayError) as caught:
        parse({**RELAY, **change})
    assert len(caught.value.errors) == 1
    assert caught.value.errors[0].startswith(says)


@pytest.mark.parametrize("secret", ["too short", "with a blank in between", "with-a-\nsecond-line=no-auth"])
@pytest.mark.parametrize("option", ["secret", "old_secrets"])
def test_a_secret_is_not_told(option, secret):
    with pytest.raises(RelayError) as caught:
        parse({**RELAY, option: secret if option == "secret" else ["0123456789abcdef", secret]})
    assert str(caught.value).startswith(
        "turn_relay_secret: at least 16" if option == "secret" else "turn_relay_old_secrets[1]: at least 16"
    )
    assert secret not in str(caught.value)


def test_everything_at_once():
    with pytest.raises(RelayError) as caught:
        parse({})
    assert len(caught.value.errors) == 9
