# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behind a NAT or not, behind two or not: every answer with its reason."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import host as hosts
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import names, verdict
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.answer import answer
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.host import Host, Link, Way
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import ProbeError, parse
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.verdict import Names

NAME = "chat.example.com"
LO = Link("lo", "127.0.0.1", 8)
LAN = Link("lan0", "192.168.1.1", 24)


def host(*links: Link, forwarding: bool = False, gateway: str = "192.0.2.1", **more) -> Host:
    ways = tuple(Way("ipv4", gateway, link.interface, 0, "main") for link in links if link.interface.startswith(("wan", "eth")))
    return Host((LO, *links), ways, {"ipv4": forwarding, "ipv6": False}, **more)


def judged(here: Host, *found: str, fault: str = "", **options):
    return verdict.judge(parse(options), here, Names(found, fault, "192.0.2.53"))


SERVER = host(Link("eth0", "192.168.1.30", 24))
ROUTER = host(Link("wan0", "203.0.113.10", 24), LAN, forwarding=True)


@pytest.mark.parametrize(
    ("here", "found", "options", "behind", "reason"),
    [
        (SERVER, ["203.0.113.10"], {"name": NAME}, True, f"{NAME} has 203.0.113.10, and that is on no interface of this host"),
        (ROUTER, ["203.0.113.10"], {"name": NAME}, False, f"{NAME} has 203.0.113.10, and that is on this host"),
        # the IPv6 address is on the host, but it is IPv4 that is translated
        (
            host(Link("eth0", "192.168.1.30", 24), Link("eth0", "2001:db8:1::30", 64)),
            ["2001:db8:1::30", "203.0.113.10"],
            {"name": NAME},
            True,
            f"{NAME} has 203.0.113.10, and that is on no interface of this host",
        ),
        (
            host(Link("eth0", "2001:db8:1::30", 64)),
            ["2001:db8:1::30"],
            {"name": NAME},
            False,
            f"{NAME} has 2001:db8:1::30, and that is on this host",
        ),
        (
            ROUTER,
            ["203.0.113.10", "203.0.113.11"],
            {"name": NAME},
            None,
            f"{NAME} has 203.0.113.10, 203.0.113.11, and only 203.0.113.10 is on this host",
        ),
        (
            SERVER,
            ["192.168.1.30"],
            {"name": NAME},
            None,
            f"{NAME} has only 192.168.1.30 (private) here: nothing that the outside knows",
        ),
        (
            SERVER,
            ["192.168.1.30"],
            {"name": NAME, "public_address": "203.0.113.10"},
            True,
            "the public address is 203.0.113.10, and that is on no interface of this host",
        ),
        (
            SERVER,
            [],
            {},
            True,
            "no name or public address was given; eth0, where the default route leads, has the private address 192.168.1.30",
        ),
        (
            ROUTER,
            [],
            {},
            False,
            "no name or public address was given; "
            "wan0, where the default route leads, has the documentation address 203.0.113.10",
        ),
        (host(LAN), [], {}, None, "no name or public address was given, and no IPv4 default route leads outside"),
    ],
)
def test_behind_nat(here, found, options, behind, reason):
    answer = judged(here, *found, **options)
    assert (answer.behind_nat, answer.reason) == (behind, reason)


def test_a_name_that_is_not_resolved():
    found = judged(SERVER, fault="no such name", name=NAME)
    assert found.behind_nat is True
    assert found.reason.startswith(f"{NAME} has no address (no such name); eth0")
    assert f"{NAME} was not resolved" in [one.what for one in found.findings if one.severity == "error"]


@pytest.mark.parametrize(
    ("here", "options", "double", "severity"),
    [
        (SERVER, {"public_address": "203.0.113.10"}, None, ""),
        (ROUTER, {"public_address": "203.0.113.10"}, False, ""),
        (host(Link("wan0", "192.168.178.20", 24), LAN, forwarding=True), {"public_address": "203.0.113.10"}, True, "error"),
        (host(Link("wan0", "192.168.178.20", 24), LAN, forwarding=True), {}, True, "warning"),
        (host(Link("wan0", "192.168.178.20", 24), LAN), {"wan": ["wan0"], "public_address": "203.0.113.10"}, True, "error"),
        (host(Link("wan0", "100.72.3.4", 16), LAN, forwarding=True), {"public_address": "203.0.113.10"}, True, "error"),
        (host(Link("eth0", "100.72.3.4", 16)), {}, True, "error"),
        # a transfer network, and the public address routed to the router
        (
            host(Link("wan0", "10.9.8.2", 30), Link("lo", "203.0.113.10", 32), LAN, forwarding=True),
            {"public_address": "203.0.113.10"},
            False,
            "",
        ),
        (
            host(Link("wan0", "192.168.178.20", 24), Link("wan0", "203.0.113.10", 24), LAN, forwarding=True),
            {"public_address": "203.0.113.10"},
            False,
            "",
        ),
    ],
)
def test_double_nat(here, options, double, severity):
    found = judged(here, **options)
    assert found.double_nat is double
    assert [one.severity for one in found.findings if "NAT" in one.what] == ([severity] if severity else [])


def test_the_name_leads_elsewhere():
    found = judged(SERVER, "203.0.113.99", name=NAME, public_address="203.0.113.10").findings
    wrong = next(one for one in found if one.severity == "error")
    assert wrong.what == f"{NAME} does not lead to 203.0.113.10"
    assert wrong.remedy == f"Publish: {NAME}. A 203.0.113.10"


def test_two_ways_out_and_strict_filtering():
    here = host(
        Link("wan0", "203.0.113.10", 24), Link("wan1.7", "198.51.100.10", 24), LAN, rp_filter={"wan0": 2, "wan1.7": 1, "lan0": 1}
    )
    (found,) = (one for one in judged(here).findings if "reverse path" in one.what)
    assert found.remedy == "sysctl -w net.ipv4.conf.wan1/7.rp_filter=2"
    assert not [
        one
        for one in judged(host(LAN, Link("wan0", "203.0.113.10", 24), rp_filter={"wan0": 1})).findings
        if "reverse" in one.what
    ]


def test_no_way_out():
    assert "There is no IPv4 default route" in [one.what for one in judged(host(LAN)).findings]
    assert "No default route leads out of wan9" in [one.what for one in judged(ROUTER, wan=["wan9"]).findings]


def test_the_whole_answer():
    found = answer(parse({"name": NAME, "lan": ["lan7"]}), ROUTER, Names(("203.0.113.10",)), None, "only root can read the rules")
    assert found["classes"] == {
        "127.0.0.1": "loopback",
        "192.0.2.1": "documentation",
        "192.168.1.1": "private",
        "203.0.113.10": "documentation",
    }
    assert (found["wan"], found["lan"], found["firewalls"]) == (["wan0"], ["lan7"], [])
    assert [one["what"] for one in found["findings"]] == [
        "Addresses that are reserved for documentation are in use",
        "Not every firewall was looked at",
        "There is no interface lan7 with an address",
    ]
    assert [one["kind"] for one in found["blocking"]] == ["documentation_address"]


def test_what_ip_prints():
    rows = [
        {
            "ifname": "eth0@if7",
            "addr_info": [{"local": "192.0.2.9", "prefixlen": 24}, {"local": "192.0.2.8", "prefixlen": 24, "deprecated": True}],
        },
        {"ifname": "none", "addr_info": [{}]},
    ]
    assert hosts.links(rows) == (Link("eth0", "192.0.2.9", 24),)
    routes = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "metric": 100},
        {"dst": "default", "dev": "ppp0", "table": "200"},
        {"dst": "default", "nexthops": [{"via": {"host": "fe80::1"}, "dev": "eth1"}, {"gateway": "198.51.100.1", "dev": "eth2"}]},
        {"dst": "default", "type": "unreachable", "dev": "lo"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
    ]
    assert [(way.gateway, way.interface, way.table) for way in hosts.ways("ipv4", routes)] == [
        ("fe80::1", "eth1", "main"),
        ("198.51.100.1", "eth2", "main"),
        ("192.0.2.1", "eth0", "main"),
        ("", "ppp0", "200"),
    ]


def test_local_networks_are_found():
    here = host(Link("wan0", "203.0.113.10", 24), LAN, Link("docker0", "172.17.0.1", 16), Link("wg0", "10.8.0.1", 24))
    assert here.inward(here.outward()) == ("lan0",)


def test_errors_are_told_together():
    wrong = {
        "name": "-x; reboot",
        "public_address": "here",
        "resolver": ["192.0.2.53", "dns.example.com"],
        "wan": ["wan0; reboot"],
        "lan": ["a" * 16],
        "ports": [
            {"protocol": "tcp"},
            {"protocol": "tcp", "port": "70000"},
            {"protocol": "udp", "port": "20-10"},
            {"protocol": "esp", "port": 500},
            {"protocol": "icmp"},
            {"port": "443", "host": "chat"},
            {"port": "٤٤٣"},
        ],
    }
    with pytest.raises(ProbeError) as refused:
        parse(wrong)
    assert str(refused.value).splitlines() == [
        "name: '-x; reboot' is not a DNS name; write one with other letters in its xn-- form",
        "public_address: 'here' is not an IP address",
        "resolver[1]: 'dns.example.com' is not an IP address",
        "wan[0]: 'wan0; reboot' is not the name of an interface",
        f"lan[0]: {'a' * 16!r} is not the name of an interface",
        "ports[0].port: None is not a port (1-65535) or a range such as 49152-65535",
        "ports[1].port: '70000' is not a port (1-65535) or a range such as 49152-65535",
        "ports[2].port: '20-10' is not a port (1-65535) or a range such as 49152-65535",
        "ports[3].port: esp has no ports",
        "ports[4].protocol: 'icmp' is not one of tcp, udp, ah, esp, gre",
        "ports[5].host: 'chat' is not an IP address",
        "ports[6].port: '٤٤٣' is not a port (1-65535) or a range such as 49152-65535",
    ]


def test_a_chosen_resolver_needs_dnspython(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dns.resolver", None)
    with pytest.raises(names.NoLibrary, match="python3-dnspython"):
        names.resolve(NAME, ["192.0.2.53"])
    assert names.resolve("localhost", []).addresses
    assert names.resolve("", ["192.0.2.53"]) == Names()
