# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign firewalls, as Debian's own tools have put them into a kernel: each case is a folder with what was read.

The ones called debian_* were captured from ufw 0.36.2, firewalld 1.3.3 and 2.3, shorewall 5.2.8, docker 20.10 and 26.1,
libvirt 9.0 and 11.3, translated_by_nft and translated_by_firewalld from nft 1.1.3 and firewalld 2.3;
tests/integration/nat_probe holds the same judgements against the kernel.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import firewalls, iptables_save, nft_json, translations, walk
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.finding import ordered
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.host import Host, Link, Way
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.lanes import lanes
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import parse
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.ruleset import Chain, Condition, Flow, Rule, Table

GOLDEN = Path(__file__).parents[3] / "golden" / "nat_probe"
CASES = sorted(GOLDEN.iterdir())
SAVED = re.compile(r"(legacy-)?(ip6?)-[a-z]+\.save")
FILES = {
    "nftables.conf": firewalls.NFTABLES_CONF,
    "ufw.conf": firewalls.UFW_CONF,
    "shorewall-interfaces": firewalls.SHOREWALL_INTERFACES,
}
ROUTER = Host(
    (
        Link("wan0", "203.0.113.10", 24),
        Link("lan0", "192.168.1.1", 24),
        Link("virbr0", "192.168.122.1", 24),
        Link("lan0", "2001:db8:1::1", 64),
    ),
    (Way("ipv4", "203.0.113.1", "wan0", 0, "main"),),
    {"ipv4": True, "ipv6": True},
)
PORTS = [
    {"protocol": "tcp", "port": "443", "host": "192.168.1.30"},
    {"protocol": "udp", "port": "50000-50100", "host": "192.168.1.30"},
]


def tables(case: Path) -> list[Table]:
    found = []
    for path in sorted(case.iterdir()):
        if saved := SAVED.fullmatch(path.name):
            origin = "iptables-legacy" if saved[1] else "iptables"
            found += iptables_save.tables(path.read_text(encoding="utf-8"), saved[2], origin)
        elif path.suffix == ".json" and path.name != "expected.json":
            table, words = nft_json.table(path.read_text(encoding="utf-8")), path.with_suffix(".txt")
            found.append(nft_json.worded(table, words.read_text(encoding="utf-8")) if words.exists() else table)
    return found


def judged(case: Path) -> dict:
    given = yaml.safe_load((case / "seen.yml").read_text(encoding="utf-8")) or {}
    question = parse({"ports": given.get("ports", PORTS)})
    files = {FILES[path.name]: path.read_text(encoding="utf-8") for path in case.iterdir() if path.name in FILES}
    seen = firewalls.Seen(tuple(tables(case)), files, frozenset(given.get("enabled", ())), given.get("zones", {}))
    lan = tuple(given.get("lan", ["lan0"])) if given.get("router", True) else ()
    rows, findings = firewalls.judge(seen, lanes(question, ROUTER, ("wan0",), lan))
    findings += translations.judge(seen.tables, question, ROUTER, ("wan0",), lan)
    return {"firewalls": rows, "findings": [{**one.as_dict(), "remedy": one.remedy.splitlines()} for one in ordered(findings)]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    assert judged(case) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


INWARD = Flow("", "ipv4", "wan0", "lan0", "198.51.100.77", "192.168.1.30", "tcp", 443, "new", True)


@pytest.mark.parametrize("flow", ["tcp", "esp"])
@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("-A FORWARD -i wan0 -j ACCEPT", walk.PASSES),
        ("-A FORWARD -i wan+ ! -o wan+ -j ACCEPT", walk.PASSES),
        ("-A FORWARD ! -i wan0 -j ACCEPT", walk.DROPS),
        ('-A FORWARD -d 192.168.1.0/24 -m comment --comment "-j DROP" -j ACCEPT', walk.PASSES),
        ("-A FORWARD -s 198.51.100.0/25 -m mark --mark 0x1 -j ACCEPT", walk.MAY_DROP),
        ("-A FORWARD -m set --match-set friends src -j ACCEPT", walk.MAY_DROP),
        ("-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT", walk.PASSES),
        ("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", walk.DROPS),
        ("-A FORWARD -m policy --dir in --pol ipsec -j ACCEPT", walk.DROPS),
        ("-A FORWARD -m policy --dir in --pol none -j ACCEPT", walk.PASSES),
        ("-A FORWARD -m iprange --dst-range 192.168.1.30-192.168.1.40 -j ACCEPT", walk.PASSES),
        ('-A FORWARD -j LOG --log-prefix "-j ACCEPT"', walk.DROPS),
        ("-A FORWARD -g own", walk.DROPS),
        ("-A FORWARD -j own\n-A FORWARD -j ACCEPT\n-A own -i wan0 -j RETURN\n-A own -j DROP", walk.PASSES),
        ("-A FORWARD -j nowhere\n-A FORWARD -j own\n-A own -j own", walk.DROPS),
    ],
)
def test_a_line_of_iptables(flow, line, outcome):
    text = f"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:own - [0:0]\n{line}\nCOMMIT\n"
    (table,) = iptables_save.tables(text, "ip", "iptables")
    asked = Flow(**{**INWARD.__dict__, "protocol": flow, "port": 443 if flow == "tcp" else None})
    assert walk.judge(table, asked).outcome == outcome


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("-p tcp -m tcp --dport 443", walk.PASSES),
        ("-p udp -m udp --dport 443", walk.DROPS),
        ("-p tcp -m multiport --dports 80,440:450", walk.PASSES),
        ("-p tcp -m multiport ! --dports 80,443", walk.DROPS),
        ("-p 6 --dport :500", walk.PASSES),
        ("-p tcp --sport 1024:", walk.PASSES),
        ("-p tcp --tcp-flags FIN,SYN,RST,ACK SYN", walk.PASSES),
        ("-p tcp --tcp-flags FIN,SYN FIN,SYN", walk.DROPS),
        ("-p tcp ! --tcp-flags FIN,SYN,RST,ACK SYN", walk.DROPS),
        ("-m addrtype --dst-type LOCAL", walk.DROPS),
        ("-m addrtype --src-type BROADCAST", walk.DROPS),
    ],
)
def test_a_test_of_iptables(line, outcome):
    text = f"*filter\n:FORWARD DROP [0:0]\n-A FORWARD {line} -j ACCEPT\nCOMMIT\n"
    (table,) = iptables_save.tables(text, "ip", "iptables")
    assert walk.judge(table, INWARD).outcome == outcome


def match(left, right, operator="=="):
    return {"match": {"op": operator, "left": left, "right": right}}


IIF, PORT = {"meta": {"key": "iifname"}}, {"payload": {"protocol": "tcp", "field": "dport"}}
GO = {"accept": None}


@pytest.mark.parametrize(
    ("expressions", "outcome"),
    [
        ([GO], walk.PASSES),
        ([match(IIF, "lan0", "!="), GO], walk.PASSES),
        ([match(IIF, {"set": ["lan0", "wan*"]}, "!="), GO], walk.DROPS),
        ([match(PORT, {"range": [400, 500]}), GO], walk.PASSES),
        ([match(PORT, 443, "<"), GO], walk.DROPS),
        ([match(PORT, 443, "<="), GO], walk.PASSES),
        ([match({"payload": {"protocol": "udp", "field": "dport"}}, 443), GO], walk.DROPS),
        ([match({"payload": {"protocol": "ip6", "field": "nexthdr"}}, 6), GO], walk.DROPS),
        ([match({"payload": {"protocol": "ip", "field": "protocol"}}, 6), GO], walk.PASSES),
        ([match({"ct": {"key": "status"}}, ["dnat", "snat"], "in"), GO], walk.MAY_DROP),
        ([match({"&": [{"meta": {"key": "mark"}}, 1]}, 1), GO], walk.MAY_DROP),
        ([match({"concat": [IIF, PORT]}, {"set": [{"concat": ["wan0", 443]}]}, "!="), GO], walk.MAY_DROP),
        ([{"counter": {"packets": 1}}, {"log": None}, {"limit": {"rate": 1}}, GO], walk.MAY_DROP),
        ([match(IIF, "@outer"), GO], walk.PASSES),
        ([match(IIF, "@nowhere"), GO], walk.DROPS),
        ([{"vmap": {"key": PORT, "data": {"set": [[80, {"drop": None}], ["*", GO]]}}}], walk.PASSES),
        ([{"vmap": {"key": PORT, "data": "@ports"}}], walk.PASSES),
        ([{"goto": {"target": "empty"}}], walk.DROPS),
        ([{"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}}], walk.DROPS),
        ([{"dnat": {"addr": "192.0.2.9"}}], walk.PASSES),
        ([{"what the next release brings": 1}, GO], walk.MAY_DROP),
    ],
)
def test_a_rule_of_nft(expressions, outcome):
    here = {"family": "inet", "table": "t"}
    rows = [
        {"table": {"family": "inet", "name": "t"}},
        {"chain": {**here, "name": "f", "type": "filter", "hook": "forward", "policy": "drop"}},
        {"chain": {**here, "name": "empty"}},
        {"chain": {**here, "name": "n", "type": "nat", "hook": "input", "policy": "drop"}},
        {"set": {**here, "name": "outer", "elem": ["wan1", {"elem": {"val": "wan0", "timeout": 9}}]}},
        {"map": {**here, "name": "ports", "elem": [[{"range": [1, 500]}, GO]]}},
        {"rule": {**here, "chain": "f", "expr": expressions}},
    ]
    table = nft_json.table(json.dumps({"nftables": rows}))
    assert walk.judge(table, INWARD).outcome == outcome
    assert [chain.name for chain in table.base("input")] == []


@pytest.mark.parametrize(("step", "outcome"), [("-j", walk.PASSES), ("-g", walk.DROPS)])
def test_a_goto_does_not_come_back(step, outcome):
    text = f"*filter\n:FORWARD DROP [0:0]\n:own - [0:0]\n-A FORWARD {step} own\n-A FORWARD -j ACCEPT\nCOMMIT\n"
    (table,) = iptables_save.tables(text, "ip", "iptables")
    assert walk.judge(table, INWARD).outcome == outcome


def test_every_chain_at_a_hook_has_to_accept():
    chains = {name: Chain(name, (Rule((), verdict),), "forward") for name, verdict in (("a", "accept"), ("b", "reject"))}
    found = walk.judge(Table("inet", "t", chains), INWARD)
    assert (found.outcome, found.places) == (walk.DROPS, ("chain b, reject",))


def test_a_table_of_the_other_family_does_not_count():
    chains = {"f": Chain("f", (), "forward", "drop")}
    assert walk.judge(Table("ip6", "t", chains), INWARD).outcome == walk.PASSES
    assert walk.judge(Table("ip", "t", chains), INWARD).outcome == walk.DROPS


def test_a_test_that_cannot_be_judged_goes_both_ways():
    rules = (Rule((Condition("unknown"),), "drop"), Rule((), "accept"))
    found = walk.judge(Table("ip", "t", {"f": Chain("f", rules, "forward")}), INWARD)
    assert (found.outcome, found.places) == (walk.MAY_DROP, ("chain f, drop",))


def opened(ports, table, **seen):
    _rows, findings = firewalls.judge(
        firewalls.Seen((table,), **seen), lanes(parse({"ports": ports}), ROUTER, ("wan0",), ("lan0",))
    )
    return next(one for one in ordered(findings) if one.severity == "error").remedy.splitlines()


def dropping(family, origin, *chains):
    own = {name: Chain(name) for name in chains}
    return Table(family, "filter", {**own, "FORWARD": Chain("FORWARD", (), "forward", "drop")}, origin)


def test_a_pinhole_for_ipv6():
    ports = [{"protocol": "tcp", "port": 443, "host": "2001:db8:1::30"}]
    assert opened(ports, dropping("ip6", "iptables"))[-1] == (
        "ip6tables -I FORWARD -i wan0 -o lan0 -d 2001:db8:1::30 -p tcp --dport 443 -j ACCEPT"
    )
    assert opened(ports, dropping("inet", "nftables"))[-1] == (
        'nft insert rule inet filter FORWARD iifname "wan0" oifname "lan0" ip6 daddr 2001:db8:1::30 tcp dport 443 accept'
    )
    zones = {"wan0": "external", "lan0": "internal"}
    firewalld = Table("inet", "firewalld", {"f": Chain("f", (), "forward", "drop")})
    rule = 'rule family="ipv6" destination address="2001:db8:1::30" port port="443" protocol="tcp" accept'
    line = f"firewall-cmd --permanent --policy=onprem-in --add-rich-rule='{rule}'"
    assert line in opened(ports, firewalld, zones=zones)


def test_without_ports_all_that_is_translated_passes():
    assert opened([], dropping("ip", "iptables", "ufw-user-forward")) == [
        "ufw route allow in on lan0 out on wan0",
        "ufw route allow in on wan0 out on lan0",
        "ufw route allow in on lan0 out on lan0",
    ]
    assert "iptables -I FORWARD -i wan0 -o lan0 -m conntrack --ctstate DNAT -j ACCEPT" in opened([], dropping("ip", "iptables"))


def test_thousands_of_ports_are_opened_together():
    ports = [{"port": port, "host": "192.168.1.30"} for port in range(1, 5001)]
    assert len(opened(ports, dropping("ip", "iptables"))) == 6


def test_a_table_of_nftables_that_a_program_wrote():
    table = Table("ip", "libvirt_network", {"f": Chain("f", (Rule((), "reject"),), "forward")})
    assert opened([{"port": 443, "host": "192.168.1.30"}], table)[-1].startswith("nft insert rule ip libvirt_network f ")


@pytest.mark.parametrize(
    ("text", "flushes", "tables"),
    [
        ("flush ruleset\ntable inet filter {\n}\n", True, [("inet", "filter")]),
        ("# flush ruleset\ntable filter {\n}\ntable ip6 x {\n}\n", False, [("ip", "filter"), ("ip6", "x")]),
        ("\tflush  ruleset ip\n", True, []),
        ("", False, []),
    ],
)
def test_nftables_conf(text, flushes, tables):
    assert firewalls.configs.flushes(text) is flushes
    assert firewalls.configs.own_tables(text) == tables


def test_zones_of_shorewall():
    text = "?FORMAT 2\n#ZONE INTERFACE OPTIONS\nnet NET_IF dhcp,physical=wan0 # out\nloc lan0\n- lan1 tcpflags\n"
    assert firewalls.configs.shorewall_zones(text) == {"wan0": "net", "lan0": "loc"}


@pytest.mark.parametrize("mark", ["", " (default)"])
def test_zones_of_firewalld(mark):
    active = f"external{mark}\n  interfaces: wan0 wan1\ninternal\n  interfaces: lan0\n  sources: 192.0.2.0/24\n"
    found = firewalls.configs.firewalld_zones(["lan0", "lan1", "wan0"], "public", active)
    assert found == {"lan0": "internal", "lan1": "public", "wan0": "external", "wan1": "external"}


def test_our_own_chains_end_the_way():
    text = (
        "*filter\n:FORWARD DROP [0:0]\n:ONPREM_FORWARD - [0:0]\n-A FORWARD -j ONPREM_FORWARD\n-A ONPREM_FORWARD -j DROP\nCOMMIT\n"
    )
    (table,) = iptables_save.tables(text, "ip", "iptables")
    assert walk.judge(table, INWARD).outcome == walk.PASSES
    assert list(table.chains) == ["FORWARD"]


def test_with_iptables_as_backend_its_own_table_is_no_hindrance():
    seen = firewalls.Seen((dropping("ip", "iptables"), dropping("inet", "nftables")))
    _rows, findings = firewalls.judge(seen, lanes(parse({}), ROUTER, ("wan0",), ("lan0",)), "iptables")
    assert [one.what for one in findings if one.severity == "error"] == ["nftables drops what the site needs"]
