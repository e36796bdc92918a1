"""Whose connections end when a plan changes, and whose do not."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.error import NatRulesetError
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.flows import (
    Flow,
    Openings,
    known_networks,
    normalise,
    stale,
)

INSIDE = ("192.168.1.0/24", "203.0.113.10")
FORWARD = {
    "service": "chat",
    "mapping": "port_forward",
    "protocol": "tcp",
    "public": "203.0.113.10",
    "public_ports": "8443",
    "host": "192.168.1.30",
    "private_ports": "443",
    "sources": [],
    "hairpin": True,
    "lan": "lan0",
}
RANGE = {**FORWARD, "protocol": "udp", "public_ports": "5000-5010", "private_ports": "5000-5010"}
ESP = {**FORWARD, "protocol": "esp", "public_ports": None, "private_ports": None}
ONE = {"service": "gw", "public": "203.0.113.11", "host": "192.168.1.40", "lan": "lan0"}
HOLE = {"service": "chat", "protocol": "tcp", "host": "2001:db8:1::30", "ports": "443", "sources": [], "lan": "lan0"}
TCP = Flow(socket.AF_INET, 6, "198.51.100.7", "203.0.113.10", 40000, 8443, "192.168.1.30", "198.51.100.7", 443)
UDP = Flow(socket.AF_INET, 17, "198.51.100.7", "203.0.113.10", 40000, 5003, "192.168.1.30", "198.51.100.7", 5003)
TUNNEL = Flow(socket.AF_INET, 50, "198.51.100.7", "203.0.113.10", 0, 0, "192.168.1.30", "198.51.100.7", 0)
OUT = Flow(socket.AF_INET, 6, "192.168.1.40", "198.51.100.7", 40000, 80, "198.51.100.7", "203.0.113.11", 80)
SIX = Flow(socket.AF_INET6, 6, "2001:db8:9::7", "2001:db8:1::30", 40000, 443, "2001:db8:1::30", "2001:db8:9::7", 443)
SSH = Flow(socket.AF_INET, 6, "192.168.1.101", "192.168.1.1", 40000, 22, "192.168.1.1", "192.168.1.101", 22)
LAN = replace(TCP, source="192.168.1.101", reply_destination="192.168.1.1")


def cut(flows, old, new):
    return stale(flows, Openings(normalise(old)), Openings(normalise(new)), (INSIDE, INSIDE))


@pytest.mark.parametrize(("row", "flow"), [(FORWARD, TCP), (RANGE, UDP), (ESP, TUNNEL), (ONE, OUT), (HOLE, SIX)])
def test_an_opening_that_goes_takes_its_connections_along(row, flow):
    others = [one for one in (TCP, UDP, TUNNEL, OUT, SIX, SSH) if one != flow]
    assert cut([flow, *others], [row], []) == [flow]
    assert cut([flow, *others], [row], [row]) == []
    assert cut([flow, *others], [], [row]) == []
    moved = {**row, "host": "2001:db8:1::31" if ":" in row["host"] else "192.168.1.31"}
    assert cut([flow], [row], [moved]) == [flow]


def test_another_private_port_is_another_place():
    assert cut([TCP], [FORWARD], [{**FORWARD, "private_ports": "444"}]) == [TCP]


def test_a_narrower_range_keeps_what_is_in_it():
    outside = replace(UDP, dport=5009, reply_sport=5009)
    assert cut([UDP, outside], [RANGE], [{**RANGE, "public_ports": "5000-5005", "private_ports": "5000-5005"}]) == [outside]
    single = {**RANGE, "public_ports": "5003", "private_ports": "5003"}
    assert cut([UDP, outside], [RANGE], [single]) == [outside]


def test_sources_hold_for_who_comes_from_outside():
    own = replace(TCP, source="203.0.113.10", reply_destination="192.168.1.1")
    narrowed = {**FORWARD, "sources": ["198.51.100.8/32"]}
    assert cut([TCP, LAN, own], [FORWARD], [narrowed]) == [TCP]
    assert cut([TCP, LAN], [FORWARD], [{**FORWARD, "hairpin": False}]) == [LAN]
    assert cut([SIX], [HOLE], [{**HOLE, "sources": ["2001:db8:8::/48"]}]) == [SIX]


def test_what_no_plan_explains_is_somebody_elses():
    elsewhere = replace(TCP, reply_source="192.168.1.99")
    assert cut([elsewhere], [FORWARD], []) == []


def test_a_new_name_is_no_change():
    assert normalise([FORWARD]) == normalise([{**FORWARD, "service": "other", "mapping": "x"}])
    assert normalise([FORWARD, RANGE]) == normalise([RANGE, FORWARD])


@pytest.mark.parametrize("row", [{}, {"host": "x"}, {**FORWARD, "protocol": "sctp"}, {**FORWARD, "public_ports": "a"}])
def test_rows_that_are_none_of_a_plan(row):
    with pytest.raises(NatRulesetError, match=r"forwards\[0\]: is not a forward"):
        normalise([row])


def test_networks():
    assert known_networks(["192.168.2.0/24", "192.168.1.0/24"]) == ("192.168.1.0/24", "192.168.2.0/24")
    with pytest.raises(NatRulesetError, match="networks: "):
        known_networks(["nonsense"])
