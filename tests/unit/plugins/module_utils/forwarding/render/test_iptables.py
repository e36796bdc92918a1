# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the iptables renderings say; that the kernel takes them is tests/integration/forwarding/test_load.py."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.render import ip6tables, iptables

SMALL = """\
# Rendered by onprem.chat.forwarding_plan; changes are lost.
*nat
:ONPREM_DNAT_1 - [0:0]
:ONPREM_DNAT - [0:0]
:ONPREM_POSTROUTING - [0:0]
-A ONPREM_DNAT_1 -p tcp -m tcp --dport 443 -j DNAT --to-destination 192.168.1.30:8443
-A ONPREM_DNAT -d 203.0.113.10 -j ONPREM_DNAT_1
-A ONPREM_POSTROUTING -m conntrack --ctstate DNAT -s 192.168.1.0/24 -d 192.168.1.0/24 -j SNAT --to-source 192.168.1.1
-A ONPREM_POSTROUTING -m conntrack --ctstate DNAT -m addrtype --src-type LOCAL -d 192.168.1.0/24 -j SNAT --to-source 192.168.1.1
-A ONPREM_POSTROUTING -s 192.168.1.0/24 -o wan0 -j SNAT --to-source 203.0.113.10
-I PREROUTING 1 -j ONPREM_DNAT
-I OUTPUT 1 -j ONPREM_DNAT
-I POSTROUTING 1 -j ONPREM_POSTROUTING
COMMIT
*filter
:ONPREM_FORWARDED - [0:0]
:ONPREM_WAN_TO_LAN - [0:0]
:ONPREM_LAN_TO_WAN - [0:0]
:ONPREM_LAN_TO_LAN - [0:0]
:ONPREM_FORWARD - [0:0]
:ONPREM_WAN_TO_ROUTER - [0:0]
:ONPREM_INPUT - [0:0]
-A ONPREM_FORWARDED -j ACCEPT
-A ONPREM_WAN_TO_LAN -s 192.168.1.0/24 -j DROP
-A ONPREM_WAN_TO_LAN -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A ONPREM_WAN_TO_LAN -m conntrack --ctstate INVALID -j DROP
-A ONPREM_WAN_TO_LAN -m conntrack --ctstate DNAT -j ONPREM_FORWARDED
-A ONPREM_WAN_TO_LAN -j DROP
-A ONPREM_LAN_TO_WAN -j ACCEPT
-A ONPREM_LAN_TO_LAN -j ACCEPT
-A ONPREM_FORWARD -i wan0 -o lan0 -j ONPREM_WAN_TO_LAN
-A ONPREM_FORWARD -i lan0 -o wan0 -j ONPREM_LAN_TO_WAN
-A ONPREM_FORWARD -i lan0 -o lan0 -j ONPREM_LAN_TO_LAN
-A ONPREM_FORWARD -i wan0 -o wan0 -j DROP
"""


def test_a_small_plan_word_by_word(make):
    text = iptables.render(make.plan(forwards=(make.forward("203.0.113.10", "tcp", "443", "192.168.1.30", "8443"),)))
    assert text.startswith(SMALL)
    assert text.endswith("-I FORWARD 1 -j ONPREM_FORWARD\n-I INPUT 1 -j ONPREM_INPUT\nCOMMIT\n")


def test_the_jumps_are_the_same_for_every_plan(make):
    def jumps(plan):
        return [line for line in iptables.render(plan).splitlines() if line.startswith("-I")]

    full = make.plan(forwards=(make.forward("203.0.113.10", "tcp", "443", "192.168.1.30"),), egress_policy="restricted")
    assert jumps(make.plan()) == jumps(full)


@pytest.mark.parametrize(
    ("protocol", "port", "private", "rule"),
    [
        ("udp", "500", "4500", "-p udp -m udp --dport 500 -j DNAT --to-destination 192.168.1.30:4500"),
        ("udp", "49152-65535", None, "-p udp -m udp --dport 49152:65535 -j DNAT --to-destination 192.168.1.30"),
        ("esp", None, None, "-p esp -j DNAT --to-destination 192.168.1.30"),
        ("gre", None, None, "-p 47 -j DNAT --to-destination 192.168.1.30"),
    ],
)
def test_each_kind_of_forward(make, chain, protocol, port, private, rule):
    text = iptables.render(make.plan(forwards=(make.forward("203.0.113.10", protocol, port, "192.168.1.30", private),)))
    assert chain(text, "ONPREM_DNAT_1") == [rule]


def test_filter_of_the_original_address(make, chain):
    forwards = (
        make.forward("203.0.113.10", "tcp", "22", "192.168.1.30", sources="198.51.100.0/24 192.0.2.7/32", hairpin=False),
        make.forward("203.0.113.10", "udp", "5000-5010", "192.168.1.30", sources="0.0.0.0/0"),
        make.forward("203.0.113.11", "esp", None, "192.168.1.30", hairpin=False),
    )
    text = iptables.render(make.plan(forwards=forwards))
    assert chain(text, "ONPREM_FORWARDED") == ["-j ONPREM_RESTRICTED", "-j ACCEPT"]
    assert chain(text, "ONPREM_RESTRICTED") == ["-m conntrack --ctorigdst 203.0.113.10 -j ONPREM_RESTRICTED_1"]
    assert chain(text, "ONPREM_RESTRICTED_1") == ["-p tcp -m conntrack --ctorigdstport 22 -j ONPREM_FROM_1"]
    assert chain(text, "ONPREM_FROM_1") == ["-s 192.0.2.7/32 -j ACCEPT", "-s 198.51.100.0/24 -j ACCEPT", "-j DROP"]
    assert chain(text, "ONPREM_LAN_TO_LAN") == [
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-m conntrack --ctstate DNAT -j ONPREM_OUTSIDE_ONLY",
        "-j ACCEPT",
    ]
    assert chain(text, "ONPREM_OUTSIDE_ONLY_2") == ["-p esp -j DROP"]


def test_reserved_addresses_egress_and_management(make, chain):
    plan = make.plan(
        publics=(make.public("203.0.113.12", "routed"),),
        one_to_one=(make.one_to_one("203.0.113.11", "192.168.1.40"),),
        egress_policy="restricted",
        egress=(
            make.egress("192.168.1.40/32", "tcp", "80-90"),
            make.egress("192.168.1.40/32", "tcp", "443"),
            make.egress("192.168.1.0/24", "udp", None, "192.0.2.0/24"),
        ),
        management=(make.management("tcp", "22", "192.168.1.0/24 2001:db8:1::/64"),),
    )
    text = iptables.render(plan)
    assert chain(text, "ONPREM_POSTROUTING") == [
        "-o wan0 -j ONPREM_RESERVED",
        "-s 192.168.1.0/24 -o wan0 -j SNAT --to-source 203.0.113.10",
    ]
    assert chain(text, "ONPREM_LAN_TO_WAN") == [
        "-j ONPREM_FOREIGN",
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-j ONPREM_EGRESS_HOSTS",
        "-s 192.168.1.0/24 -j ONPREM_EGRESS_1",
        "-j DROP",
    ]
    assert chain(text, "ONPREM_EGRESS_1") == ["-d 192.0.2.0/24 -p udp -j ACCEPT"]
    assert chain(text, "ONPREM_EGRESS_2") == [
        "-p tcp -m tcp --dport 80:90 -j ACCEPT",
        "-p tcp -m tcp --dport 443 -j ACCEPT",
    ]
    assert chain(text, "ONPREM_INPUT") == [
        "-i wan0 -s 192.168.1.0/24 -j DROP",
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-i lo -j ACCEPT",
        "-i wan0 -j ONPREM_RESERVED",
        "-s 192.168.1.0/24 -p tcp -m tcp --dport 22 -j ACCEPT",
        "-p tcp -m tcp --dport 22 -j DROP",
        "-i wan0 -j ONPREM_WAN_TO_ROUTER",
    ]


def test_ipv6_has_a_filter_alone(make, chain):
    plan = make.plan(
        lans=(make.lan("lan0", "192.168.1.1", "192.168.1.0/24", "2001:db8:1::/64"),),
        pinholes=(
            make.pinhole("2001:db8:1::30", "tcp", "443"),
            make.pinhole("2001:db8:1::30", "udp", "50000-50100", "2001:db8:5::/48"),
        ),
        management=(make.management("tcp", "22", "192.168.1.0/24"),),
        egress_policy="restricted",
        egress=(make.egress("2001:db8:1::30/128", "tcp", "443"), make.egress("192.168.1.30/32", "tcp", "443")),
    )
    text = ip6tables.render(plan)
    assert "*nat" not in text
    assert "192.168." not in text
    assert chain(text, "ONPREM_WAN_TO_LAN") == [
        "-s 2001:db8:1::/64 -j DROP",
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-m conntrack --ctstate INVALID -j DROP",
        "-j ONPREM_PINHOLES",
        "-j DROP",
    ]
    assert chain(text, "ONPREM_PINHOLES_1") == [
        "-p tcp -m tcp --dport 443 -j ACCEPT",
        "-p udp -m udp --dport 50000:50100 -j ONPREM_FROM_1",
    ]
    assert chain(text, "ONPREM_FROM_1") == ["-s 2001:db8:5::/48 -j ACCEPT"]
    assert "-p tcp -m tcp --dport 22 -j DROP" in chain(text, "ONPREM_INPUT")


def walk(text, chain, protocol, address, port):
    """Follow a packet through a dispatch chain as the kernel would: the target it meets, and how many rules were looked at."""
    chains: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("-A "):
            _add, name, rule = line.split(" ", 2)
            chains.setdefault(name, []).append(rule)

    def visit(name):
        looked = 0
        for rule in chains[name]:
            looked += 1
            destination = re.search(r"-d (\S+)", rule)
            if destination and ip_address(address) not in ip_network(destination[1]):
                continue
            kind = re.search(r"-p (\S+)", rule)
            if kind and kind[1] != protocol:
                continue
            span = re.search(r"--dport (\d+)(?::(\d+))?", rule)
            if span and not int(span[1]) <= port <= int(span[2] or span[1]):
                continue
            then = rule.partition("-j ")[2]
            if then in chains:
                found, deeper = visit(then)
                looked += deeper
                if found:
                    return found, looked
            else:
                return then, looked
        return None, looked

    return visit(chain)


@pytest.mark.parametrize(("count", "most"), [(100, 102), (101, 40), (10_000, 80), (50_000, 105)])
def test_any_port_is_found_in_few_steps(make, count, most):
    forwards = [
        make.forward("203.0.113.10", "tcp", str(1000 + number), "192.168.1.30", str(1 + number)) for number in range(count)
    ]
    forwards.append(make.forward("203.0.113.10", "udp", "2000-3000", "192.168.1.31"))
    text = iptables.render(make.plan(forwards=tuple(reversed(forwards))))
    for number in {0, 1, 31, 32, count // 2, count - 2, count - 1} & set(range(count)):
        found, looked = walk(text, "ONPREM_DNAT", "tcp", "203.0.113.10", 1000 + number)
        assert found == f"DNAT --to-destination 192.168.1.30:{1 + number}"
        assert looked <= most
    assert walk(text, "ONPREM_DNAT", "tcp", "203.0.113.10", 999)[0] is None
    assert walk(text, "ONPREM_DNAT", "tcp", "203.0.113.11", 1000)[0] is None
    assert walk(text, "ONPREM_DNAT", "udp", "203.0.113.10", 2500)[0] == "DNAT --to-destination 192.168.1.31"


def test_any_address_is_found_in_few_steps(make):
    first = int(ip_address("203.0.112.0"))
    addresses = [str(ip_address(first + number)) for number in range(512)]
    text = iptables.render(make.plan(forwards=tuple(make.forward(one, "tcp", "443", "192.168.1.30") for one in addresses)))
    for one in addresses[::37]:
        found, looked = walk(text, "ONPREM_DNAT", "tcp", one, 443)
        assert found == "DNAT --to-destination 192.168.1.30:443"
        assert looked <= 60
    assert walk(text, "ONPREM_DNAT", "tcp", "203.0.114.0", 443)[0] is None


def test_names_fit_the_kernel_and_say_whose_they_are(make):
    forwards = tuple(
        make.forward(
            str(ip_address(int(ip_address("203.0.113.0")) + number // 2000)),
            "tcp",
            str(1 + number % 2000),
            "192.168.1.30",
            sources="192.0.2.0/24",
        )
        for number in range(100_000)
    )
    text = iptables.render(make.plan(forwards=forwards))
    names = re.findall(r"^:(\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names)) > 1000
    assert all(re.fullmatch(r"ONPREM_[A-Z0-9_]{1,21}", name) for name in names)
