# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof sees faults: rules that are wrong in one place are reported, by the rows that this place decides."""

from __future__ import annotations

import re

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_proof.report import failure

from .conftest import BACKENDS

INTENT = {
    "lab": True,
    "router": {
        "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"], "gateway": "203.0.113.1"}],
        "lan": [
            {
                "interface": "lan0",
                "address": "192.168.1.1",
                "network": "192.168.1.0/24",
                "address6": "2001:db8:1::1",
                "network6": "2001:db8:1::/64",
            },
            {"interface": "lan1", "address": "10.20.0.1", "network": "10.20.0.0/16"},
        ],
        "public": [
            {"address": "203.0.113.10", "presence": "interface"},
            {"address": "203.0.113.20", "presence": "secondary"},
        ],
        "management": [{"protocol": "tcp", "ports": [22], "sources": ["192.168.1.0/24", "198.51.100.128/25"]}],
    },
    "services": [
        {
            "name": "chat",
            "host": "192.168.1.30",
            "host6": "2001:db8:1::30",
            "public_address": "203.0.113.10",
            "sources": ["198.51.100.0/24", "2001:db8:ff00::/40"],
            "ports": [{"protocol": "tcp", "public": 443, "private": 8443}, {"protocol": "udp", "public": "5000-5010"}],
        },
        {
            "name": "mail",
            "host": "192.168.1.31",
            "public_address": "203.0.113.10",
            "ports": [{"protocol": "tcp", "public": 25, "private": 2525}, {"protocol": "tcp", "public": 80}],
        },
        {
            "name": "relay",
            "host": "192.168.1.32",
            "public_address": "203.0.113.20",
            "mapping": "one_to_one",
            "ports": [{"protocol": "tcp", "public": 5222}],
        },
    ],
}


def without(pattern):
    """Drop the lines of a ruleset that have the pattern."""
    return lambda text: re.sub(rf"(?m)^.*{pattern}.*\n", "", text)


def instead(pattern, new):
    """Write something else for a pattern."""
    return lambda text: re.sub(pattern, new, text)


def swapped(one, other):
    """Exchange two words."""
    return lambda text: text.replace(one, "\0").replace(other, one).replace("\0", other)


PUBLIC, RESERVED, HOST6 = "203.0.113.10", "203.0.113.20", "2001:db8:1::30"

#: What is done to the rules of (nftables, iptables), and the rows that must be reported, as (vantage, destination, port, claim);
#: None stands for anything. Nothing else may be reported.
FAULTS = {
    "wrong target": (
        (instead(r"192\.168\.1\.30 \. 8443", "192.168.1.99 . 8443"), instead("192.168.1.30:8443", "192.168.1.99:8443")),
        {(None, PUBLIC, 443, None)},
    ),
    "wrong target of a range": (
        (instead(r"5000-5010 : 192\.168\.1\.30", "5000-5010 : 192.168.1.99"), instead(r"(?m)192\.168\.1\.30$", "192.168.1.99")),
        {(None, PUBLIC, port, None) for port in (5000, 5005, 5010)},
    ),
    "swapped ports": (
        (swapped("192.168.1.31 . 2525", "192.168.1.31 . 80"), swapped("192.168.1.31:2525", "192.168.1.31:80")),
        {(None, PUBLIC, 25, None), (None, PUBLIC, 80, None)},
    ),
    "missing forward": (
        (without("tcp . 25 : "), without("--dport 25 ")),
        {(None, PUBLIC, 25, None)},
    ),
    "missing hairpin": (
        (without("ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24"), without("-s 192.168.1.0/24 -d 192.168.1.0/24")),
        {("lan", None, None, "hairpin from the same LAN")},
    ),
    "missing hairpin of the router": (
        (without("fib saddr type local ip daddr 192.168.1.0/24"), without("--src-type LOCAL -d 192.168.1.0/24")),
        {("router", None, None, "from the router itself")},
    ),
    "missing filter": (
        (without("oifname @oc_lan_interfaces goto oc_wan_to_lan"), without("-i wan0 -o lan")),
        {
            ("wan", None, None, "private address from outside"),
            ("wan", None, None, "not an allowed source"),
            ("wan", HOST6, None, "next port"),
            ("wan", HOST6, None, "no pinhole"),
        },
    ),
    "everybody a source": (
        (without("vmap @oc_restricted_tcp"), without("--ctorigdstport 443")),
        {("wan", PUBLIC, 443, "not an allowed source")},
    ),
    "masquerade of outside clients": (
        (
            instead("dnat ip saddr 192.168.1.0/24 ip daddr 192.168.1.0/24 snat", "dnat snat"),
            instead("--ctstate DNAT -s 192.168.1.0/24 -d 192.168.1.0/24", "--ctstate DNAT"),
        ),
        {("wan", None, None, "forward"), ("lan", None, None, "hairpin from another LAN")},
    ),
    "missing address of its own": (
        (without("ip saddr map @oc_reserved"), without("-s 192.168.1.32 -j SNAT")),
        {("host:relay", None, None, "leaves as its reserved address")},
    ),
    "missing masquerade": (
        (without('oifname "wan0" ip saddr @oc_lan_networks'), without("/.* -o wan0 -j SNAT")),
        {("lan", None, None, "egress")},
    ),
    "dropped pinhole": (
        (without("vmap @oc_pinholes"), without("-p tcp -m tcp --dport 8443 ")),
        {("wan", HOST6, 8443, "pinhole")},
    ),
    "pinhole for everybody": (
        (instead("ip6 saddr 2001:db8:ff00::/40 accept", "accept"), instead("-s 2001:db8:ff00::/40 -j ACCEPT", "-j ACCEPT")),
        {("wan", HOST6, None, "not an allowed source")},
    ),
    "management for everybody": (
        (without("tcp dport 22 drop"), without("--dport 22 -j DROP")),
        {("lan", None, 22, "not a management source")},
    ),
    "management on a reserved address": (
        (without("ip daddr @oc_reserved_addresses drop"), without("-i wan0 -j ONPREM_RESERVED")),
        {("wan", RESERVED, 22, "reserved address")},
    ),
    "open router": (
        (without("goto oc_wan_to_router"), without("-i wan0 -j ONPREM_WAN_TO_ROUTER")),
        {("wan", PUBLIC, None, claim) for claim in ("the router itself", "next port", "other protocol")},
    ),
}


def fits(row, pattern):
    """Whether a row is one of those that a pattern stands for."""
    told = (row["vantage"], row["destination"], row["port"], row["claim"])
    return all(want in (None, have) for want, have in zip(pattern, told))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_reported(prover, backend, fault):
    changes, patterns = FAULTS[fault]
    request = prover.request(INTENT, backend)
    change = changes[BACKENDS.index(backend)]
    broken = {key: change(request[key] or "") for key in ("ruleset", "ruleset6")}
    assert any(broken[key] != (request[key] or "") for key in broken), "the rules have another text now"
    result = prover.ask({**request, **broken})
    rows = [one["row"] for one in result["disagreements"]]
    assert not result["proved"]
    assert [pattern for pattern in patterns if not any(fits(row, pattern) for row in rows)] == []
    assert [row for row in rows if not any(fits(row, pattern) for pattern in patterns)] == []
    assert any(one["decided_by"] for one in result["disagreements"])


def test_what_is_reported_names_the_place(prover):
    """Expected, seen and the rule that decided, in one report."""
    request = prover.request(INTENT, "nftables", instead(r"192\.168\.1\.30 \. 8443", "192.168.1.99 . 8444"))
    result = prover.ask(request)
    first = next(one for one in result["disagreements"] if one["row"]["vantage"] == "wan")
    assert (first["expected"]["reaches"], first["expected"]["reaches_port"]) == ("192.168.1.30", 8443)
    assert (first["seen"]["reaches"], first["seen"]["reaches_port"]) == ("192.168.1.99", 8444)
    assert "map @oc_ports" in first["decided_by"]
    assert "seen: it reaches 192.168.1.99 port 8444" in failure(result)


def test_the_rule_that_drops_is_named(prover):
    change = instead(r"(\t\tct status dnat goto)", r"\t\tmeta l4proto tcp ct original proto-dst 25 drop\n\1")
    result = prover.ask(prover.request(INTENT, "nftables", change))
    assert {one["row"]["port"] for one in result["disagreements"]} == {25}
    assert (
        result["disagreements"][0]["decided_by"]
        == "inet onprem_chat oc_wan_to_lan: meta l4proto tcp ct original proto-dst 25 drop"
    )
