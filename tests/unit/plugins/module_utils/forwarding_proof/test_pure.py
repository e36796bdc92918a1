# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof decides without a kernel: which rows go together, what a packet is, what a trace says, what the report tells."""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address, ip_interface, ip_network

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import Lan, Plan, Public, Wan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof import topology
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.batches import batches, client_ports, rounds
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.error import ProofError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.packet import checksum, header, portless, udp_packet
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.report import failure
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.row import Judge, Seen, read
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.trace import decision, read_nft, read_xtables

PLAN = Plan(
    wans=(Wan("wan0", (ip_interface("203.0.113.10/24"),), ip_address("203.0.113.1")),),
    lans=(Lan("lan0", ip_address("192.168.1.1"), ip_network("192.168.1.0/24")),),
    publics=(
        Public(ip_address("203.0.113.10"), "interface", "wan0"),
        Public(ip_address("203.0.113.20"), "proxy_arp", "wan0"),
        Public(ip_address("198.51.100.9"), "routed", "wan0"),
    ),
    management=(),
    masquerade=True,
    egress_policy="open",
    forwards=(),
    one_to_one=(),
    egress=(),
    pinholes=(),
)
FAR = "198.51.100.77"
ROW = {
    **{"vantage": "wan", "interface": "wan0", "source": FAR, "family": "ipv4", "protocol": "tcp", "destination": "203.0.113.10"},
    **{"port": 443, "outcome": "reach", "reaches": "192.168.1.30", "reaches_port": 8443},
    **{"sees_source": "client", "sees_address": FAR, "service": "chat", "claim": "forward"},
}
REFUSED = {"outcome": "refuse", **dict.fromkeys(("reaches", "reaches_port", "sees_source", "sees_address"))}


def row(**changes):
    return read(PLAN, [{**ROW, **changes}])[0]


@pytest.mark.parametrize(
    ("at", "peer", "answered", "right"),
    [
        (("192.168.1.30", 8443), (FAR, 20000), True, True),
        (("192.168.1.30", 8443), (FAR, 20000), False, False),
        (("192.168.1.30", 443), (FAR, 20000), True, False),
        (("192.168.1.31", 8443), (FAR, 20000), True, False),
        (("192.168.1.30", 8443), ("192.168.1.1", 20000), True, False),
        (None, None, False, False),
    ],
)
def test_judgement(at, peer, answered, right):
    assert Judge(PLAN).agrees(row(), Seen(at, peer, answered)) is right


@pytest.mark.parametrize(
    ("kind", "peer", "right"),
    [
        ("client", FAR, True),
        ("router", "192.168.1.1", True),
        ("router", FAR, False),
        ("public", "198.51.100.9", True),
        ("public", "192.168.1.1", False),
    ],
)
def test_without_an_exact_address_the_kind_counts(kind, peer, right):
    seen = Seen(("192.168.1.30", 8443), (peer, 1), True)
    assert Judge(PLAN).agrees(row(sees_source=kind, sees_address=None), seen) is right


def test_a_row_without_a_key_is_named():
    with pytest.raises(ProofError, match=r"^verdicts\[0\]: protocol is missing$"):
        read(PLAN, [{key: value for key, value in ROW.items() if key != "protocol"}])


def test_tcp_and_udp_are_measured_apart():
    rows = [row(), row(protocol="udp"), row(port=80)]
    assert [[one.protocol for one in batch] for batch in batches(rows, 10, apart=True)] == [["tcp", "tcp"], ["udp"]]
    assert [len(batch) for batch in batches(rows, 2)] == [2, 1]


def test_rows_without_ports_never_meet():
    same = {"protocol": "esp", "port": None, "reaches_port": None}
    one = row(**same)
    other_host = row(
        **{**same, "source": "192.0.2.77", "destination": "203.0.113.20", "reaches": "192.168.1.31", "sees_address": None}
    )
    other_protocol = row(**{**same, "protocol": "gre"})
    refused = row(**{**same, **REFUSED, "source": "192.0.2.78", "destination": "203.0.113.21"})
    assert rounds([one, other_host, other_protocol, refused]) == [[one, other_host, other_protocol], [refused]]
    assert rounds([one, row(**{**same, "source": "192.0.2.79", "sees_address": None})])[1:] != []
    nobody = [
        row(**{**same, "vantage": "router", "source": None, "destination": f"203.0.113.{n}", "reaches": None}) for n in (1, 2)
    ]
    assert len(rounds(nobody)) == 2


def test_client_ports_are_never_asked_for():
    ports = client_ports([row(port=20000), row(reaches_port=20001)], 45000)
    assert len(set(ports)) == 45000
    assert not {20000, 20001} & set(ports) and ports[0] == 20002


def test_udp_packets():
    packet = udp_packet(socket.AF_INET6, ("2001:db8::1", 53), ("2001:db8::2", 4000), b"abc")
    assert header(packet) == (17, "2001:db8::1", 53, "2001:db8::2", 4000)
    assert checksum(packet[8:40] + struct.pack("!IHBB", len(packet) - 40, 0, 0, 17) + packet[40:]) == 0
    assert header(udp_packet(socket.AF_INET, ("192.0.2.1", 53), (FAR, 4000), b"")) == (17, "192.0.2.1", 53, FAR, 4000)
    assert header(b"") is None
    assert {len(portless(protocol, b"x" * 12)) for protocol in ("esp", "ah", "gre")} == {20, 24, 16}


NFT = """\
trace id 5bfa1c6b inet onprem_trace enter packet: iif "wan0" ip saddr 198.51.100.77 ip daddr 203.0.113.10 tcp sport 20002
trace id 5bfa1c6b inet onprem_trace enter rule meta nftrace set 1 (verdict continue)
trace id 5bfa1c6b inet onprem_chat oc_prerouting packet: iif "wan0" ip saddr 198.51.100.77 ip daddr 203.0.113.10 tcp sport 20002
trace id 5bfa1c6b inet onprem_chat oc_prerouting rule dnat ip to ip daddr . ip protocol . th dport map @oc_ports (verdict accept)
trace id 5bfa1c6b inet onprem_chat oc_forward rule iifname @oc_wan_interfaces goto oc_wan_to_lan (verdict goto oc_wan_to_lan)
trace id 5bfa1c6b ip filter ONPREM_X rule tcp dport 443 counter packets 7 bytes 0 accept (verdict accept)
trace id 5bfa1c6b inet onprem_chat oc_postrouting policy accept
"""
AGAIN = """\
trace id 5bfa1c6b inet onprem_trace enter packet: iif "wan0" ip saddr 198.51.100.77 ip daddr 203.0.113.10 tcp sport 20002
trace id 5bfa1c6b inet onprem_chat oc_wan_to_lan rule ct state established,related accept (verdict accept)
"""
XTABLES = """\
PACKET: 2 c6dd352d IN=wan0 SRC=198.51.100.77 DST=203.0.113.10 LEN=60 SPORT=20002 DPORT=443 SYN
 TRACE: 2 c6dd352d raw:PREROUTING:rule:0x2:CONTINUE  -4 -t raw -A PREROUTING -j TRACE
 TRACE: 2 c6dd352d raw:PREROUTING:policy:ACCEPT
 TRACE: 2 c6dd352d filter:FORWARD:rule:0x3:JUMP:ONPREM_FORWARD  -4 -t filter -A FORWARD -j ONPREM_FORWARD
 TRACE: 2 c6dd352d filter:ONPREM_WAN_TO_LAN:rule:0x4:DROP  -4 -t filter -A ONPREM_WAN_TO_LAN -j DROP
"""


def test_the_trace_names_what_decided():
    ways = "inet onprem_chat oc_prerouting: dnat ip to ip daddr . ip protocol . th dport map @oc_ports"
    ways += "; ip filter ONPREM_X: tcp dport 443 accept; inet onprem_chat oc_postrouting: policy accept"
    assert decision(read_nft(NFT).values(), row(), 20002) == ways
    assert decision(read_nft(NFT + AGAIN).values(), row(), 20002) == ways, "a later packet of the flow may have the id again"
    assert decision(read_nft(NFT).values(), row(), 20003) is None
    dropped = read_nft(NFT.replace("accept (verdict accept)", "drop (verdict drop)"))
    assert decision(dropped.values(), row(), 20002) == "ip filter ONPREM_X: tcp dport 443 drop"


def test_the_trace_of_iptables():
    told = decision(read_xtables(XTABLES).values(), row(), 20002)
    assert told == "filter ONPREM_WAN_TO_LAN: -4 -t filter -A ONPREM_WAN_TO_LAN -j DROP"


def test_a_dropped_answer_is_named_as_such():
    answer = NFT.replace("5bfa1c6b", "00000001").replace(
        "saddr 198.51.100.77 ip daddr 203.0.113.10", "saddr 192.168.1.30 ip daddr 192.0.2.1"
    )
    answer = answer.replace("tcp dport 443 counter packets 7 bytes 0 accept (verdict accept)", "drop (verdict drop)")
    answer = answer.replace("tcp sport 20002", "tcp dport 20002")
    assert decision(read_nft(NFT + answer).values(), row(), 20002) == "the answer: ip filter ONPREM_X: drop"


def test_the_report():
    one = {"row": ROW, "expected": ROW, "seen": Seen(note="Connection refused").as_dict(), "decided_by": None}
    words = failure({"rows": 9, "disagreements": [one] * 7}).splitlines()
    assert words[0] == "the rules do not do what the plan says: 7 of 9 verdicts are wrong"
    assert words[1] == (
        f"wan ({FAR}) to 203.0.113.10 tcp port 443: expected: it reaches 192.168.1.30 port 8443, seen as {FAR}; "
        "seen: refused (Connection refused)"
    )
    assert words[-1] == "and 2 more" and len(words) == 7


def test_public_addresses_are_where_their_presence_puts_them():
    router, outside = topology.router(PLAN), topology.outside(PLAN)
    assert "neighbour add proxy 203.0.113.20 dev wan0" in router and "route add 203.0.113.20/32 dev lan0" in router
    assert not any("198.51.100.9" in line for line in router)
    assert "route add 198.51.100.9/32 table local via 203.0.113.10 onlink dev w0" in outside
    assert "route add 203.0.113.20/32 table local dev w0" in outside
    assert "route add default metric 1 via 203.0.113.1 onlink dev wan0" in router
