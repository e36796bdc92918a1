# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the golden cases do not say of the core: profiles against their table, names, defaults, size."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.address_space import edge, not_public
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import Ports
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.parse_service import SERVICE_KEYS
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make, plan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.profiles import OPTIONS, PROFILES

ipaddress = pytest.importorskip("ipaddress")
GOLDEN = Path(__file__).parents[3] / "golden" / "forwarding"
ROUTER = {
    "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"], "gateway": "203.0.113.1"}],
    "lan": [{"interface": "lan0", "address": "10.0.0.1", "network": "10.0.0.0/8"}],
}
#: The table of the design, profile by profile: (protocol, ports) in, (protocol, ports, to) out.
TABLE = {
    "chat_web": ({("tcp", "80"), ("tcp", "443")}, set()),
    "xmpp_client": ({("tcp", "5222"), ("tcp", "5223")}, set()),
    "stun_turn": (
        {("udp", "3478"), ("tcp", "3478"), ("tcp", "5349"), ("udp", "49152-65535")},
        {("udp", None, None)},
    ),
    "theoffice_3_gateway": (
        set(),
        {
            ("tcp", "9555", "oem.trispen.com"),
            ("tcp", "9555", "lookup.trispen.com"),
            ("tcp", "5222", "lookup.trispen.com"),
            ("udp", None, None),
        },
    ),
    "theoffice_3_client": (
        set(),
        {("tcp", "9555", "lookup.trispen.com"), ("tcp", "5222", "lookup.trispen.com"), ("udp", None, None)},
    ),
    "theoffice_2_gateway": (
        {("tcp", "9555"), ("tcp", "500"), ("udp", "500")},
        {("tcp", "9555", None), ("tcp", "500", None), ("udp", "500", None)},
    ),
    "theoffice_1_gateway": ({("udp", "500")}, set()),
    "apuppet": ({("tcp", "80"), ("tcp", "443"), ("udp", "1-65535")}, {("udp", None, None)}),
    "genesys_webrtc": (set(), {("tcp", "443", None), ("tcp", "80", None)}),
}


def text(value):
    return None if value is None else str(value)


def service(**keys):
    return {"name": "a", "host": "10.0.0.30", **keys}


@pytest.mark.parametrize("name", sorted({*TABLE, *PROFILES}))
def test_every_profile_is_its_row_of_the_table(name):
    made = plan({"router": ROUTER, "services": [service(profile=name)]}, resolve=lambda _name: ["198.51.100.9"])
    inbound, outbound = TABLE[name]
    assert {(one.protocol, text(one.public_ports)) for one in made.forwards} == inbound
    assert {(one.protocol, text(one.ports), one.name) for one in made.egress} == outbound
    assert len(PROFILES[name].source) > 10


def test_every_profile_and_every_key_has_a_golden_case():
    """A feature without a case is not there."""
    rows = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in GOLDEN.glob("*/intent.yml")
        if (path.parent / "plan.json").exists()
    ]
    services = [service for row in rows for service in row["services"]]
    assert {service.get("profile") for service in services} >= set(PROFILES)
    assert {key for service in services for key in service} == set(SERVICE_KEYS)
    assert set(OPTIONS) < set(SERVICE_KEYS)


def test_a_name_is_asked_for_once_and_not_at_all_when_it_is_given():
    asked = []

    def resolve(name):
        asked.append(name)
        return ["198.51.100.9", "198.51.100.8", "198.51.100.9"]

    rows = [service(name=f"s{index}", profile="theoffice_3_gateway", host=f"10.0.0.{index}") for index in range(30, 40)]
    made = plan({"router": ROUTER, "services": rows, "names": {"OEM.trispen.com.": ["198.51.100.7"]}}, resolve=resolve)
    assert asked == ["lookup.trispen.com"]
    assert {(one.name, str(one.to)) for one in made.egress if one.name} == {
        ("oem.trispen.com", "198.51.100.7/32"),
        ("lookup.trispen.com", "198.51.100.8/32"),
        ("lookup.trispen.com", "198.51.100.9/32"),
    }


def test_without_anybody_to_ask_a_name_is_refused():
    with pytest.raises(ForwardingError, match=r"x_services\[0\].profile: oem.trispen.com cannot be resolved"):
        plan({"router": ROUTER, "services": [service(profile="theoffice_3_gateway")]}, prefix="x_")


def test_settings_of_a_host_behind_nat():
    answer = make({"router": ROUTER, "services": [service(profile="apuppet", ice_ports=5000)]}, [])
    assert answer["host_settings"] == [
        {"service": "a", "host": "10.0.0.30", "settings": {"nat": "true", "public_ip": "203.0.113.10"}}
    ]


def test_what_the_address_space_is_for():
    words = {
        "8.8.8.8": None,
        "192.168.0.1": "is private (RFC 1918)",
        "172.32.0.1": None,
        "100.127.255.255": "is shared by the customers of a provider (CGNAT, RFC 6598)",
        "100.128.0.0": None,
        "fd00::1": "is unique local (RFC 4193)",
        "2001:db8::1": None,
        "::ffff:8.8.8.8": "is no address of a host",
    }
    for address, reason in words.items():
        assert not_public(ipaddress.ip_address(address)) == reason, address
    network = ipaddress.ip_network("192.0.2.0/31")
    assert edge(network[0], network) is None and edge(network[1], network) is None


def test_equal_ports_are_one_object():
    """An intent of 100,000 rows has few different ports; memory should too."""
    made = plan(
        {"router": ROUTER, "services": [service(ports=[{"protocol": "tcp", "public": 80 + n, "private": 443} for n in range(9)])]}
    )
    assert len({id(one.private_ports) for one in made.forwards}) == 1 and made.forwards[0].private_ports == Ports(443, 443)


def seconds(count):
    rows = [
        {"name": f"s{n}", "host": f"10.1.{n >> 8}.{n & 255}", "ports": [{"protocol": "tcp", "public": 1000 + n}]}
        for n in range(count)
    ]
    start = time.process_time()
    assert len(plan({"router": ROUTER, "services": rows}).forwards) == count
    return time.process_time() - start


def test_the_work_grows_with_the_rows_and_not_faster():
    """Eight times the services take about eight times as long; pair by pair it would be sixty-four times."""
    assert min(seconds(8000) for _turn in range(3)) < 24 * min(seconds(1000) for _turn in range(3))
