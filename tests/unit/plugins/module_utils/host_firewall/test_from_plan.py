# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan of a router means for the hosts behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.reach import faults, reach
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.from_plan import openings
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.parse import parse

LAN = "192.168.1.0/24"
ROUTER = {
    "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"]}],
    "lan": [{"interface": "lan0", "address": "192.168.1.1", "network": LAN, "network6": "2001:db8:1::/64"}],
}
POOL = ["198.51.100.0/24"]
NAMES = {"lookup.trispen.com": ["198.51.100.53"], "oem.trispen.com": ["198.51.100.54", "198.51.100.55"]}


def plan(*services):
    raw = {"router": ROUTER, "services": [{"name": f"s{number}", **one} for number, one in enumerate(services)]}
    return make({**raw, "names": NAMES, "lab": True}, [])["plan"]


def test_what_clients_of_the_pool_may_the_lan_may_by_hairpin():
    service = {"profile": "theoffice_2_gateway", "host": "192.168.1.40", "client_pool": POOL}
    assert openings(plan(service), ["192.168.1.40"]) == [
        {"protocol": "tcp", "sources": [*POOL, LAN], "comment": "s0", "ports": ["500", "9555"]},
        {"protocol": "udp", "sources": [*POOL, LAN], "comment": "s0", "ports": ["500"]},
    ]
    (tcp, udp) = openings(plan({**service, "hairpin": False}), ["192.168.1.40"])
    assert tcp["sources"] == udp["sources"] == POOL


def test_it_is_the_private_port_and_the_hosts_own():
    ports = [{"protocol": "tcp", "public": 8443, "private": 443}, {"protocol": "esp"}]
    made = plan({"host": "192.168.1.40", "ports": ports}, {"host": "192.168.1.41", "profile": "chat_web"})
    found = openings(made, ["192.168.1.40"])
    assert {"protocol": "tcp", "sources": ["any"], "comment": "s0", "ports": ["443"]} in found
    assert {"protocol": "esp", "sources": ["any"], "comment": "s0"} in found
    assert len(found) == 2
    assert openings(made, ["192.168.1.42"]) == []


def test_a_pinhole_lets_in_by_ipv6_alone():
    ports = [{"protocol": "tcp", "public": 443}]
    rows = openings(plan({"host6": "2001:db8:1::40", "ports": ports}), ["192.168.1.40", "2001:db8:1::40"])
    assert [row["sources"] for row in rows] == [["::/0"]]
    some = openings(plan({"host6": "2001:db8:1::40", "ports": ports, "sources": ["2001:db8:7::/48"]}), ["2001:db8:1::40"])
    assert [row["sources"] for row in some] == [["2001:db8:7::/48", "2001:db8:1::/64"]]
    assert str(parse(rows, "drop").rows[0].sources[0]) == "::/0"


def test_an_address_is_one_in_any_spelling_and_a_name_is_none():
    made = plan({"host6": "2001:db8:1::40", "ports": [{"protocol": "tcp", "public": 443}]})
    assert openings(made, ["2001:DB8:1:0::40"]) == openings(made, ["2001:db8:1::40"]) != []
    for wrong in (["gateway.example.com"], "192.168.1.40", ["192.168.1.40/32"]):
        with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
            openings(made, wrong)


def test_what_a_gateway_has_to_reach_is_asked_by_name():
    made = plan({"profile": "theoffice_3_gateway", "host": "192.168.1.40"}, {"profile": "theoffice_3_client", "host": LAN})
    asked = [(row["address"], row["port"]) for row in reach(made, "192.168.1.40")]
    assert asked == [("lookup.trispen.com", 5222), ("lookup.trispen.com", 9555), ("oem.trispen.com", 9555)]
    assert [row["address"] for row in reach(made, "192.168.1.99")] == ["lookup.trispen.com"] * 2
    assert {row["outcome"] for row in reach(made, "192.168.1.99")} == {"reach"}


def test_ranges_udp_and_networks_are_not_asked():
    ways = [("tcp", "198.51.100.0/24", 443), ("udp", "198.51.100.1", 53), ("tcp", "198.51.100.1", "80-90")]
    ways.append(("tcp", "198.51.100.1", 443))
    egress = [{"protocol": protocol, "to": to, "ports": [ports]} for protocol, to, ports in ways]
    assert [row["rung"] for row in reach(plan({"host": LAN, "egress": egress}), "192.168.1.7")] == ["reach 198.51.100.1 tcp 443"]


LOOKUP = "lookup.trispen.com"
OK, SILENT = {"state": "ok", "seen": "opened"}, {"state": "broken", "seen": "no answer"}


@pytest.mark.parametrize(
    ("policy", "step", "here", "said"),
    [
        ("restricted", OK, ["198.51.100.53"], []),
        ("restricted", SILENT, ["198.51.100.53"], [f"{LOOKUP} tcp 9555: no answer (198.51.100.53)"]),
        ("restricted", SILENT, [], [f"{LOOKUP}: this host cannot resolve it; give its network a name server that can"]),
        ("open", OK, ["192.0.2.9"], []),
        (
            "restricted",
            OK,
            ["192.0.2.9"],
            [f"{LOOKUP}: is 192.0.2.9 for this host, and the router lets out to 198.51.100.53; run the playbook again"],
        ),
    ],
)
def test_what_keeps_a_gateway_from_it(policy, step, here, said):
    made = {**plan({"profile": "theoffice_3_client", "host": LAN}), "egress_policy": policy}
    assert faults(made, [{**step, "address": LOOKUP, "port": 9555}], {LOOKUP: here}) == said


@pytest.mark.parametrize(
    ("site", "opened", "asked"),
    [("head_office", {"192.168.1.40": 2, "192.168.1.41": 2}, []), ("branch", {"192.168.2.40": 0}, [5222, 9555, 9555])],
)
def test_the_example_does_what_its_page_says(site, opened, asked):
    path = Path(__file__).parents[5] / "inventories" / "gateways" / "group_vars" / f"{site}.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    wanted = {"router": raw["site_router"], "services": raw["site_services"], "names": NAMES, "lab": True}
    answer = make(wanted, [], prefix="site_")
    assert answer["warnings"] == []
    assert {host: len(openings(answer["plan"], [host])) for host in opened} == opened
    for host in opened:
        assert [row["port"] for row in reach(answer["plan"], host)] == asked
