# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that listen where something is to be forwarded, by what /proc/net and ss of iproute2 6.15 print."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import listeners
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.host import Host, Link
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.listeners import Listener, Sockets
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import parse

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TCP = HEAD + (
    "   0: 0101A8C0:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n"
    "   1: 0A0071CB:0016 C80071CB:8C36 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1\n"
)
UDP = HEAD + "   5: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3 2 0 0\n"
ROUTER = Host((Link("wan0", "203.0.113.10", 24), Link("lan0", "192.168.1.1", 24)), ())
PUBLIC = {"address": "203.0.113.10", "interface": "wan0"}
PORTS = [
    {"port": "443", "host": "192.168.1.30", "public_address": "203.0.113.10"},
    {"protocol": "udp", "port": "5000-5010", "host": "192.168.1.30", "public_address": "203.0.113.10"},
    {"protocol": "udp", "port": "40000-50000", "host": "192.168.1.31", "public_address": "203.0.113.10"},
]


def judged(*found: Listener, **options):
    asked = {"publics": [PUBLIC], "ports": PORTS, "wan": ["wan0"], "lan": ["lan0"], **options}
    return listeners.judge(Sockets(found), parse(asked), ROUTER, ("wan0",))


def test_what_the_kernel_lists():
    assert listeners.ports(TCP, "tcp") == {443}
    assert listeners.ports(UDP, "udp") == {53}
    assert listeners.ports("", "tcp") == set()


def test_what_ss_prints():
    text = """\
udp UNCONN 0      0      203.0.113.10%wan0:68  0.0.0.0:* users:(("dhclient",pid=7,fd=6))
tcp LISTEN 0      511            0.0.0.0:443   0.0.0.0:* users:(("nginx",pid=612,fd=6),("nginx",pid=611,fd=6))
tcp LISTEN 0      511               [::]:443      [::]:* users:(("nginx",pid=612,fd=7),("nginx",pid=611,fd=7))
tcp LISTEN 0      128                  *:80          *:* users:(("apache2",pid=9,fd=4))
tcp LISTEN 0      128 [::ffff:192.0.2.9]:81          *:* users:(("java",pid=10,fd=4))
udp UNCONN 0      0              0.0.0.0:51820 0.0.0.0:*
"""
    assert listeners.listeners(text) == [
        Listener("udp", "203.0.113.10", "wan0", 68, "dhclient", 7),
        Listener("tcp", "", "", 443, "nginx", 612),
        Listener("tcp", "", "", 80, "apache2", 9),
        Listener("tcp", "192.0.2.9", "", 81, "java", 10),
        Listener("udp", "", "", 51820),
    ]


@pytest.mark.parametrize(
    ("one", "severity"),
    [
        (Listener("tcp", "", "", 443, "nginx", 7, "nginx.service"), "error"),
        (Listener("tcp", "203.0.113.10", "", 443, "nginx", 7), "error"),
        (Listener("tcp", "", "wan0", 443, "nginx", 7), "error"),
        (Listener("udp", "", "", 5003, "iperf", 7), "error"),
        (Listener("udp", "", "", 41234, "named", 7), "warning"),  # a port of the kernel's choosing, within a range
        (Listener("tcp", "192.168.1.1", "", 443, "nginx", 7), ""),
        (Listener("tcp", "127.0.0.1", "", 443, "nginx", 7), ""),
        (Listener("tcp", "", "lan0", 443, "nginx", 7), ""),
        (Listener("udp", "", "", 443, "nginx", 7), ""),
        (Listener("tcp", "", "", 444, "nginx", 7), ""),
    ],
)
def test_who_is_in_the_way(one, severity):
    assert [found.severity for found in judged(one)] == ([severity] if severity else [])


def test_packets_that_only_pass_are_not_taken():
    anybody = Listener("tcp", "", "", 443, "nginx", 7)
    routed = {"publics": [{"address": "198.51.100.9", "interface": "wan0", "presence": "routed"}]}
    ports = [{"port": "443", "host": "192.168.1.30", "public_address": "198.51.100.9"}]
    assert judged(anybody, ports=ports, **routed) == []
    assert len(judged(anybody, ports=ports, publics=[{**routed["publics"][0], "presence": "secondary"}])) == 1


def test_one_finding_for_each_process():
    both = (Listener("tcp", "", "", 443, "nginx", 7, "nginx.service"), Listener("udp", "", "", 5000, "nginx", 7, "nginx.service"))
    (found,) = judged(*both)
    assert found.kind == "taken_port"
    assert found.what == "nginx listens on tcp 443, udp 5000, which is forwarded"
    assert found.detail == (
        "nginx (pid 7, nginx.service): 0.0.0.0 tcp 443, 0.0.0.0 udp 5000. "
        "Forwarded is tcp 443 of 203.0.113.10 to 192.168.1.30, udp 5000-5010 of 203.0.113.10 to 192.168.1.30"
    )
    assert found.remedy.splitlines() == [
        "Let it listen on the LAN alone (192.168.1.1), or switch it off: systemctl disable --now nginx.service",
        "Or forward another public port",
    ]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Listener("tcp", "", "", 443, "systemd", 1, "init.scope"), "systemctl list-sockets shows its unit"),
        (Listener("tcp", "", "", 443, "docker-proxy", 8, "docker.service"), "docker ps --filter publish=443/tcp"),
        (Listener("tcp", "", "", 443, "sh", 8, "session-1.scope"), "or switch it off\n"),
        (Listener("udp", "", "", 5000), "Let it listen on the LAN alone (192.168.1.1)"),
    ],
)
def test_what_to_do(one, words):
    (found,) = judged(one)
    assert words in found.remedy
