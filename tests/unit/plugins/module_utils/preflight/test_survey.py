"""What the kernel and ip say, read right."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.preflight import arp, procnet
from ansible_collections.onprem.chat.plugins.module_utils.preflight.survey import addresses, routes

TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 1E01A8C0:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 4001 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4002 1 0 100 0 0 10 0
   2: 1E01A8C0:0016 6501A8C0:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4003 1 0 100 0 0 10 0
"""
TCP6 = """  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0:0 00:0 0 33 0 4004 1
   1: 0000000000000000FFFF00000100007F:14A0 00000000000000000000000000000000:0000 0A 0:0 00:0 0 33 0 4005 1
   2: 00000000000000000000000001000000:03B9 00000000000000000000000000000000:0000 0A 0:0 00:0 0 33 0 4006 1
"""
pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the samples were taken on a little-endian machine")


def test_listeners():
    found = procnet.listeners("tcp", TCP) + procnet.listeners("tcp", TCP6)
    assert [(one.address, one.port) for one in found] == [
        ("192.168.1.30", 53),
        ("0.0.0.0", 22),
        ("::", 443),
        ("127.0.0.1", 5280),
        ("::1", 953),
    ]


def test_owners_are_merged_by_process():
    found = procnet.listeners("tcp", TCP) * 2
    rows = procnet.merged(found, {"4001": (58, "named")})
    assert [(row["port"], row["process"], row["pid"]) for row in rows] == [(22, "", 0), (53, "named", 58)]


@pytest.mark.parametrize(("link", "inode"), [("socket:[4001]", "4001"), ("/dev/null", ""), ("pipe:[7]", "")])
def test_socket_inode(link, inode):
    assert procnet.socket_inode(link) == inode


def test_addresses_tell_leases_and_leave_the_rest():
    links = [
        {"ifname": "lo", "link_type": "loopback", "addr_info": [{"local": "192.0.2.9", "prefixlen": 32, "scope": "global"}]},
        {
            "ifname": "eth0",
            "link_type": "ether",
            "address": "02:00:00:00:00:01",
            "addr_info": [
                {"local": "192.168.1.30", "prefixlen": 24, "scope": "global"},
                {"local": "192.168.1.77", "prefixlen": 24, "scope": "global", "dynamic": True},
                {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
            ],
        },
    ]
    assert [(one["address"], one["dynamic"]) for one in addresses(links)] == [("192.168.1.30", False), ("192.168.1.77", True)]


def test_routes_leave_out_what_leads_nowhere():
    rows = [
        {"dst": "default", "gateway": "192.168.1.1", "dev": "eth0"},
        {"dst": "192.168.1.0/24", "dev": "eth0"},
        {"type": "blackhole", "dst": "10.0.0.0/8", "dev": "lo"},
        {"dst": "fe80::/64", "dev": "eth0"},
        {
            "dst": "198.51.100.0/24",
            "nexthops": [{"gateway": "192.168.1.1", "dev": "eth0"}, {"via": {"host": "fe80::2"}, "dev": "eth1"}],
        },
    ]
    assert [(row["destination"], row["gateway"], row["interface"]) for row in routes(rows)] == [
        ("default", "192.168.1.1", "eth0"),
        ("192.168.1.0/24", "", "eth0"),
        ("198.51.100.0/24", "192.168.1.1", "eth0"),
        ("198.51.100.0/24", "fe80::2", "eth1"),
    ]


def test_an_arp_answer_names_who_claims_the_address():
    claim = arp.probe("02:00:00:00:00:01", "192.168.1.30")
    assert arp.answer(claim, "192.168.1.30") == ""
    reply = claim[:28] + bytes([192, 168, 1, 30]) + claim[32:]
    assert arp.answer(reply, "192.168.1.30") == "02:00:00:00:00:01"
    assert arp.answer(reply, "192.168.1.31") == ""
    assert arp.answer(b"short", "192.168.1.30") == ""
