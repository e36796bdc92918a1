# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nftables rendering says; whole texts are golden cases, and tests/integration/forwarding/test_load.py loads them."""

from __future__ import annotations

import re

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.render import nftables


def test_the_same_plan_is_the_same_bytes_and_needs_no_forward(make):
    assert nftables.render(make.plan()) == nftables.render(make.plan())
    assert "dnat" not in nftables.render(make.plan()).replace("ct status dnat goto", "")


@pytest.mark.parametrize(
    ("protocol", "port", "private", "name", "element"),
    [
        ("tcp", "443", None, "oc_ports", "203.0.113.10 . tcp . 443 : 192.168.1.30 . 443"),
        ("udp", "500", "4500", "oc_ports", "203.0.113.10 . udp . 500 : 192.168.1.30 . 4500"),
        ("udp", "49152-65535", None, "oc_ranges", "203.0.113.10 . udp . 49152-65535 : 192.168.1.30"),
        ("esp", None, None, "oc_protocols", "203.0.113.10 . esp : 192.168.1.30"),
    ],
)
def test_each_kind_of_forward_has_its_map(make, chain, protocol, port, private, name, element):
    text = nftables.render(make.plan(forwards=(make.forward("203.0.113.10", protocol, port, "192.168.1.30", private),)))
    assert element in chain(text, name)
    present = {one for one in ("oc_ports", "oc_ranges", "oc_protocols") if chain(text, one)}
    assert present == {name}
    assert ("flags interval" in chain(text, name)) == (name == "oc_ranges")
    for hook in ("oc_prerouting", "oc_output"):
        assert len(chain(text, hook)) == 2
        assert chain(text, hook)[1].endswith(f"map @{name}")


def test_sources_are_looked_up_by_the_original_address(make, chain):
    forwards = (
        make.forward("203.0.113.10", "tcp", "22", "192.168.1.30", sources="198.51.100.0/25 198.51.100.128/25"),
        make.forward("203.0.113.11", "tcp", "22", "192.168.1.30", sources="198.51.100.0/24"),
        make.forward("203.0.113.12", "tcp", "22", "192.168.1.30"),
        make.forward("203.0.113.13", "udp", "5000-5010", "192.168.1.30", sources="192.0.2.7/32"),
        make.forward("203.0.113.14", "tcp", "22", "192.168.1.30", sources="0.0.0.0/1 128.0.0.0/1"),
        make.forward("203.0.113.15", "gre", None, "192.168.1.30", sources="192.0.2.7/32"),
    )
    text = nftables.render(make.plan(forwards=forwards))
    assert chain(text, "oc_restricted_tcp")[2:-1] == [
        "203.0.113.10 . 22 : goto oc_from_2",
        "203.0.113.11 . 22 : goto oc_from_2",
    ]
    assert chain(text, "oc_restricted_udp_ranges")[-2] == "203.0.113.13 . 5000-5010 : goto oc_from_1"
    assert chain(text, "oc_restricted_protocols")[-2] == "203.0.113.15 . gre : goto oc_from_1"
    assert chain(text, "oc_from_2") == ["ip saddr 198.51.100.0/24 accept", "drop"]
    assert chain(text, "oc_from_1") == ["ip saddr 192.0.2.7 accept", "drop"]
    assert chain(text, "oc_forwarded") == [
        "meta l4proto tcp ct original ip daddr . ct original proto-dst vmap @oc_restricted_tcp",
        "meta l4proto udp ct original ip daddr . ct original proto-dst vmap @oc_restricted_udp_ranges",
        "ct original ip daddr . meta l4proto vmap @oc_restricted_protocols",
        "accept",
    ]


def test_without_hairpin_the_lan_is_refused(make, chain):
    forward = make.forward("203.0.113.10", "tcp", "22", "192.168.1.30", hairpin=False)
    text = nftables.render(make.plan(forwards=(forward,)))
    assert chain(text, "oc_lan_to_lan") == [
        "ct state established,related accept",
        "ct status dnat meta l4proto tcp ct original ip daddr . ct original proto-dst @oc_outside_only_tcp drop",
        "accept",
    ]
    assert "203.0.113.10 . 22" in chain(text, "oc_outside_only_tcp")


def test_a_reserved_address_goes_out_before_the_general_one_and_closes_the_router(make, chain):
    text = nftables.render(make.plan(one_to_one=(make.one_to_one("203.0.113.11", "192.168.1.40"),)))
    assert chain(text, "oc_postrouting")[1:] == [
        "oifname @oc_wan_interfaces snat ip to ip saddr map @oc_reserved",
        'oifname "wan0" ip saddr @oc_lan_networks snat ip to 203.0.113.10',
    ]
    assert "192.168.1.40 : 203.0.113.11" in chain(text, "oc_reserved")
    assert "iifname @oc_wan_interfaces ip daddr @oc_reserved_addresses drop" in chain(text, "oc_input")


def test_several_networks_each_with_their_own(make, chain):
    plan = make.plan(
        wans=(make.wan("wan0", "203.0.113.10/24"), make.wan("wan1", "198.51.100.10/24")),
        lans=(
            make.lan("lan0", "192.168.1.1", "192.168.1.0/24", "2001:db8:1::/64"),
            make.lan("lan1", "192.168.2.1", "192.168.2.0/24"),
        ),
        forwards=(make.forward("203.0.113.10", "tcp", "22", "192.168.1.30"),),
    )
    text = nftables.render(plan)
    assert chain(text, "oc_postrouting")[1:] == [
        "ct status dnat ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24 snat ip to 192.168.1.1",
        "ct status dnat ip saddr 192.168.2.0/24 ip daddr 192.168.2.0/24 snat ip to 192.168.2.1",
        "ct status dnat fib saddr type local ip daddr 192.168.1.0/24 snat ip to 192.168.1.1",
        "ct status dnat fib saddr type local ip daddr 192.168.2.0/24 snat ip to 192.168.2.1",
        'oifname "wan0" ip saddr @oc_lan_networks snat ip to 203.0.113.10',
        'oifname "wan1" ip saddr @oc_lan_networks snat ip to 198.51.100.10',
    ]
    assert chain(text, "oc_wan_to_lan")[:2] == ["ip saddr @oc_lan_networks drop", "ip6 saddr @oc_lan_networks6 drop"]
    assert not [rule for rule in chain(nftables.render(make.plan(masquerade=False)), "oc_postrouting") if "snat ip" in rule]


def test_public_addresses_that_no_interface_has_do_not_leave_again(make, chain):
    publics = (
        make.public("203.0.113.12", "routed"),
        make.public("203.0.113.11", "secondary"),
        make.public("203.0.113.9", "proxy_arp"),
    )
    text = nftables.render(make.plan(publics=publics))
    assert chain(text, "oc_foreign_addresses")[2:-1] == ["203.0.113.9", "203.0.113.12"]
    assert chain(text, "oc_lan_to_wan") == ["ip daddr @oc_foreign_addresses drop", "accept"]


def test_egress_is_a_chain_for_all_hosts_that_may_the_same(make, chain):
    egress = (
        make.egress("192.168.1.30/32", "tcp", "443"),
        make.egress("192.168.1.30/32", "tcp", "80-90"),
        make.egress("192.168.1.30/32", "tcp", "91"),
        make.egress("192.168.1.30/32", "udp", None, "192.0.2.0/24"),
        make.egress("192.168.1.40/32", "tcp", "9555", "192.0.2.9/32"),
        make.egress("192.168.1.41/32", "tcp", "9555", "192.0.2.9/32"),
        make.egress("192.168.1.0/24", "udp", "53"),
        make.egress("192.168.1.0/24", "udp", None),
        make.egress("2001:db8:1::30/128", "esp", None, "2001:db8:9::/64"),
    )
    text = nftables.render(make.plan(egress_policy="restricted", egress=egress))
    assert chain(text, "oc_lan_to_wan") == [
        "ct state established,related accept",
        "ip saddr vmap @oc_egress_hosts",
        "ip saddr 192.168.1.0/24 jump oc_egress_1",
        "ip6 saddr vmap @oc_egress6_hosts",
        "drop",
    ]
    assert chain(text, "oc_egress_hosts")[2:-1] == [
        "192.168.1.30 : jump oc_egress_2",
        "192.168.1.40 : jump oc_egress_3",
        "192.168.1.41 : jump oc_egress_3",
    ]
    assert chain(text, "oc_egress_1") == ["meta l4proto udp accept"]
    assert chain(text, "oc_egress_2") == ["tcp dport { 80-91, 443 } accept", "ip daddr 192.0.2.0/24 meta l4proto udp accept"]
    assert chain(text, "oc_egress_3") == ["ip daddr 192.0.2.9 tcp dport 9555 accept"]
    assert chain(text, "oc_egress6_1") == ["ip6 daddr 2001:db8:9::/64 meta l4proto esp accept"]


def test_nothing_declared_means_nothing_leaves(make, chain):
    text = nftables.render(make.plan(egress_policy="restricted"))
    assert chain(text, "oc_lan_to_wan") == ["ct state established,related accept", "drop"]


def test_pinholes_of_one_port_share_their_sources(make, chain):
    pinholes = (
        make.pinhole("2001:db8:1::30", "tcp", "443"),
        make.pinhole("2001:db8:1::30", "tcp", "443", "2001:db8:5::/48"),
        make.pinhole("2001:db8:1::30", "tcp", "22", "2001:db8:5::/48"),
        make.pinhole("2001:db8:1::30", "tcp", "22", "2001:db8:6::/48"),
        make.pinhole("2001:db8:1::30", "udp", "50000-50100"),
        make.pinhole("2001:db8:1::30", "esp", None),
    )
    text = nftables.render(make.plan(pinholes=pinholes))
    assert chain(text, "oc_pinholes")[2:-1] == [
        "2001:db8:1::30 . tcp . 443 : accept",
        "2001:db8:1::30 . tcp . 22 : jump oc_from6_1",
    ]
    assert chain(text, "oc_from6_1") == ["ip6 saddr { 2001:db8:5::/48, 2001:db8:6::/48 } accept"]
    assert chain(text, "oc_pinhole_ranges")[-2] == "2001:db8:1::30 . udp . 50000-50100 : accept"
    assert chain(text, "oc_pinhole_protocols")[-2] == "2001:db8:1::30 . esp : accept"


def test_management_is_accepted_before_it_is_refused(make, chain):
    management = (
        make.management("tcp", "22", "192.168.1.0/24 2001:db8:1::/64 198.51.100.7/32"),
        make.management("tcp", "23"),
        make.management("udp", "60000-61000", "0.0.0.0/0"),
    )
    rules = chain(nftables.render(make.plan(management=management)), "oc_input")
    start = rules.index('iifname "lo" accept') + 1
    assert rules[start:] == [
        "tcp dport 22 ip saddr { 192.168.1.0/24, 198.51.100.7 } accept",
        "tcp dport 22 ip6 saddr 2001:db8:1::/64 accept",
        "tcp dport 23 accept",
        "udp dport 60000-61000 meta nfproto ipv4 accept",
        "tcp dport 22-23 drop",
        "udp dport 60000-61000 drop",
        "iifname @oc_wan_interfaces goto oc_wan_to_router",
    ]


def test_nft_1_0_6_can_read_it(make):
    text = nftables.render(
        make.plan(forwards=(make.forward("203.0.113.10", "tcp", "22", "192.168.1.30", sources="192.0.2.7/32"),))
    )
    for line in text.splitlines()[1:]:
        assert ";" not in line or line.endswith("; policy accept;"), line
        assert "}" not in line or line.strip() == "}" or "{ " in line, line
    names = set(re.findall(r"(?:chain|set|map|goto|jump|@) ?(\w+)(?= \{|$)", text, re.MULTILINE))
    assert names and all(name.startswith("oc_") for name in names)
