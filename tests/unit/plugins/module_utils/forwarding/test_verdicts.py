# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan claims: one answer to every question, and the right one where rules meet."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_interface, ip_network

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.claims.judge import Judge
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.claims.places import Places
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import (
    Egress,
    Forward,
    Lan,
    Management,
    OneToOne,
    Pinhole,
    Plan,
    Ports,
    Public,
    Wan,
)
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.verdicts import verdicts

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

KEYS = {
    *("vantage", "family", "protocol", "destination", "port", "outcome", "reaches", "reaches_port", "sees_source"),
    *("source", "interface", "sees_address", "service", "claim"),
}
FAR, NEIGHBOUR, CLIENT = "198.51.100.77", "203.0.113.254", "192.168.1.254"


def wan(interface="wan0", *addresses, gateway="203.0.113.1"):
    given = tuple(ip_interface(one) for one in addresses or ("203.0.113.10/24",))
    return Wan(interface, given, ip_address(gateway) if gateway else None)


def lan(interface="lan0", address="192.168.1.1", network="192.168.1.0/24", address6=None, network6=None):
    return Lan(
        interface,
        ip_address(address),
        ip_network(network),
        ip_address(address6) if address6 else None,
        ip_network(network6) if network6 else None,
    )


def networks(*texts):
    return tuple(ip_network(text) for text in texts)


def forward(port=443, private=None, public="203.0.113.10", host="192.168.1.30", **given):
    ports = Ports(port, port) if isinstance(port, int) else port
    inside = Ports(private, private) if private else ports
    row = {"service": "chat", "mapping": "port_forward", "protocol": "tcp", "sources": (), "hairpin": True, "lan": "lan0"}
    row.update(given)
    return Forward(public=ip_address(public), public_ports=ports, host=ip_address(host), private_ports=inside, **row)


def egress(source, ports=None, to=None, protocol="tcp", service="chat"):
    return Egress(service, ip_network(source), protocol, ip_network(to) if to else None, None, ports, "lan0")


def a_plan(**given):
    row = {
        "wans": (wan(),),
        "lans": (lan(),),
        "publics": (Public(ip_address("203.0.113.10"), "interface", "wan0"),),
        "management": (),
        "masquerade": True,
        "egress_policy": "open",
        "forwards": (),
        "one_to_one": (),
        "egress": (),
        "pinholes": (),
    }
    return Plan(**{**row, **given})


def ask(plan, vantage, destination, port, protocol="tcp", source=None):
    """Return the one row about a question."""
    found = [
        row
        for row in verdicts(plan)
        if (row["vantage"], row["destination"], row["port"], row["protocol"]) == (vantage, destination, port, protocol)
        and source in (None, row["source"])
    ]
    assert len(found) == 1, found
    return found[0]


def said(row):
    """Return what a row says, in one line."""
    if row["outcome"] == "refuse":
        assert {row["reaches"], row["reaches_port"], row["sees_source"], row["sees_address"]} == {None}
        return f"refuse: {row['claim']}"
    return f"{row['reaches']}:{row['reaches_port']} sees {row['sees_source']} {row['sees_address']}: {row['claim']}"


def test_a_forward_from_every_side():
    plan = a_plan(forwards=(forward(8443, 443),))
    public, private = "203.0.113.10", "192.168.1.30"
    for vantage, destination, port, source, answer in (
        ("wan", public, 8443, FAR, f"{private}:443 sees client {FAR}: forward"),
        ("lan", public, 8443, CLIENT, f"{private}:443 sees router 192.168.1.1: hairpin from the same LAN"),
        ("router", public, 8443, public, f"{private}:443 sees router 192.168.1.1: from the router itself"),
        ("wan", public, 8442, FAR, "refuse: next port"),
        ("wan", public, 8444, FAR, "refuse: next port"),
        ("wan", private, 443, NEIGHBOUR, "refuse: private address from outside"),
        ("wan", private, 22, NEIGHBOUR, "refuse: private address from outside"),
        ("wan", public, 22, FAR, "refuse: the router itself"),
    ):
        assert said(ask(plan, vantage, destination, port, source=source)) == answer
    assert said(ask(plan, "wan", public, 8443, "udp", source=FAR)) == "refuse: other protocol"


def test_the_rows_are_plain_and_whole():
    rows = verdicts(a_plan(forwards=(forward(), forward(None, protocol="esp"))))
    assert all(set(row) == KEYS for row in rows)
    assert json.loads(json.dumps(rows)) == rows
    assert {row["interface"] for row in rows if row["vantage"] == "router"} == {None}


def test_two_public_addresses_lead_to_one_port_with_sources_of_their_own():
    publics = tuple(Public(ip_address(f"203.0.113.{last}"), "secondary", "wan0") for last in (10, 11))
    one, other = networks("198.51.100.0/25"), networks("192.0.2.0/28")
    plan = a_plan(publics=publics, forwards=(forward(sources=one), forward(public="203.0.113.11", sources=other)))
    assert ask(plan, "wan", "203.0.113.10", 443, source="198.51.100.126")["outcome"] == "reach"
    assert said(ask(plan, "wan", "203.0.113.10", 443, source="192.0.2.77")) == ("refuse: not an allowed source")
    assert ask(plan, "wan", "203.0.113.11", 443, source="192.0.2.14")["outcome"] == "reach"
    assert said(ask(plan, "wan", "203.0.113.11", 443, source=FAR)) == "refuse: not an allowed source"


def test_a_source_that_is_a_lan_is_never_claimed_to_come_by_a_wan():
    plan = a_plan(forwards=(forward(sources=networks("192.168.0.0/16")),))
    sources = {row["source"] for row in verdicts(plan) if row["vantage"] == "wan"}
    assert not any(ip_address(source) in ip_network("192.168.1.0/24") for source in sources)
    assert ask(plan, "wan", "203.0.113.10", 443, source="192.168.255.254")["outcome"] == "reach"


def test_a_source_that_claims_to_be_in_a_lan_gets_nowhere():
    """Nobody can ask that honestly, so there is no row; the answer is known all the same."""
    plan = a_plan(forwards=(forward(),))
    assert Judge(plan, Places(plan)).from_wan(CLIENT, "203.0.113.10", "tcp", 443).reaches is None


def test_everybody_is_allowed_where_the_sources_are_everything():
    plan = a_plan(forwards=(forward(sources=networks("0.0.0.0/1", "128.0.0.0/1")),))
    rows = [row for row in verdicts(plan) if row["vantage"] == "wan" and row["port"] == 443 and row["service"]]
    public = [row for row in rows if row["destination"] == "203.0.113.10" and row["protocol"] == "tcp"]
    assert [row["outcome"] for row in public] == ["reach", "reach"]
    assert all(not ip_address(row["source"]).is_loopback for row in public)


@pytest.mark.parametrize(
    ("client", "hairpin", "answer"),
    [
        ("192.168.1.254", True, "192.168.1.30:443 sees router 192.168.1.1: hairpin from the same LAN"),
        ("192.168.2.254", True, "192.168.1.30:443 sees client 192.168.2.254: hairpin from another LAN"),
        ("192.168.1.254", False, "refuse: hairpin is off"),
        ("192.168.2.254", False, "refuse: hairpin is off"),
    ],
)
def test_the_hairpin_of_each_lan(client, hairpin, answer):
    plan = a_plan(lans=(lan(), lan("lan1", "192.168.2.1", "192.168.2.0/24")), forwards=(forward(hairpin=hairpin),))
    assert said(ask(plan, "lan", "203.0.113.10", 443, source=client)) == answer
    assert ask(plan, "router", "203.0.113.10", 443)["outcome"] == "reach"


@pytest.mark.parametrize(
    ("presence", "answer"), [("secondary", "192.0.2.9:22 sees client 198.51.100.77: management"), ("routed", "refuse: next port")]
)
def test_a_port_beside_a_forward_may_be_the_management(presence, answer):
    """It is reached where the address is the router's own; where it is only routed to it, nothing there is."""
    publics = (Public(ip_address("192.0.2.9"), presence, "wan0"),)
    plan = a_plan(
        publics=publics, forwards=(forward(23, public="192.0.2.9"),), management=(Management("tcp", Ports(22, 22), ()),)
    )
    assert said(ask(plan, "wan", "192.0.2.9", 22, source=FAR)) == answer


def test_a_management_port_that_is_forwarded_leads_to_the_host():
    plan = a_plan(forwards=(forward(22),), management=(Management("tcp", Ports(22, 22), ()),))
    assert ask(plan, "wan", "203.0.113.10", 22)["reaches"] == "192.168.1.30"
    assert ask(plan, "lan", "203.0.113.10", 22)["reaches"] == "192.168.1.30"
    assert ask(plan, "lan", "192.168.1.1", 22)["claim"] == "management"


def test_management_is_reached_from_its_sources_alone():
    sources = networks("192.168.1.64/28", "192.0.2.0/29")
    plan = a_plan(management=(Management("tcp", Ports(22, 22), sources),))
    for vantage, destination, source, answer in (
        ("lan", "192.168.1.1", "192.168.1.79", "192.168.1.1:22 sees client 192.168.1.79: management"),
        ("lan", "203.0.113.10", "192.168.1.79", "203.0.113.10:22 sees client 192.168.1.79: management"),
        ("lan", "192.168.1.1", CLIENT, "refuse: not a management source"),
        ("wan", "203.0.113.10", "192.0.2.6", "203.0.113.10:22 sees client 192.0.2.6: management"),
        ("wan", "203.0.113.10", FAR, "refuse: not a management source"),
        ("wan", "192.168.1.1", NEIGHBOUR, "refuse: not a management source"),
    ):
        assert said(ask(plan, vantage, destination, 22, source=source)) == answer


def test_a_reserved_address_works_both_ways_and_hides_the_router():
    publics = (Public(ip_address("203.0.113.20"), "secondary", "wan0"),)
    plan = a_plan(
        publics=publics,
        forwards=(forward(9555, public="203.0.113.20", host="192.168.1.40", mapping="one_to_one", service="gate"),),
        one_to_one=(OneToOne("gate", ip_address("203.0.113.20"), ip_address("192.168.1.40"), "lan0"),),
        management=(Management("tcp", Ports(22, 22), ()),),
    )
    assert said(ask(plan, "host:gate", FAR, 443)) == f"{FAR}:443 sees public 203.0.113.20: leaves as its reserved address"
    assert said(ask(plan, "wan", "203.0.113.20", 22)) == "refuse: reserved address"
    assert ask(plan, "wan", "203.0.113.10", 22)["outcome"] == "reach"


@pytest.mark.parametrize(("masquerade", "sees"), [(True, ("public", "203.0.113.10")), (False, ("client", CLIENT))])
def test_what_leaves_an_open_lan(masquerade, sees):
    row = ask(a_plan(masquerade=masquerade), "lan", FAR, 443)
    assert (row["outcome"], row["sees_source"], row["sees_address"]) == ("reach", *sees)


def test_restricted_egress_lets_out_what_is_declared():
    rows = (
        egress("192.168.1.30/32", Ports(9555, 9556), "192.0.2.50/32"),
        egress("192.168.1.128/25", Ports(53, 53), protocol="udp"),
    )
    plan = a_plan(egress_policy="restricted", egress=rows)
    for vantage, destination, port, protocol, outcome in (
        ("host:chat", "192.0.2.50", 9555, "tcp", "reach"),
        ("host:chat", "192.0.2.50", 9556, "tcp", "reach"),
        ("host:chat", "192.0.2.50", 9557, "tcp", "refuse"),
        ("host:chat", FAR, 9555, "tcp", "refuse"),
        ("lan", FAR, 53, "udp", "reach"),
        ("lan", FAR, 54, "udp", "refuse"),
        ("lan", FAR, 443, "tcp", "refuse"),
    ):
        assert ask(plan, vantage, destination, port, protocol)["outcome"] == outcome


def test_a_port_beside_is_open_when_another_row_opens_it():
    rows = (egress("192.168.1.30/32", Ports(80, 80)), egress("192.168.1.0/24", Ports(81, 81), service="web"))
    plan = a_plan(egress_policy="restricted", egress=rows)
    assert ask(plan, "host:chat", FAR, 81)["outcome"] == "reach"
    assert ask(plan, "host:chat", FAR, 79)["outcome"] == "refuse"


def test_ipv6_is_not_translated():
    plan = a_plan(
        wans=(wan("wan0", "203.0.113.10/24", "2001:db8:9::2/64"),),
        lans=(lan(address6="2001:db8:1::1", network6="2001:db8:1::/64"),),
        pinholes=(Pinhole("chat", "tcp", ip_address("2001:db8:1::30"), Ports(443, 443), networks("2001:db8:5::/48"), "lan0"),),
    )
    host, far6, inside = "2001:db8:1::30", "2001:db8:ffff::77", "2001:db8:5::7777"
    assert said(ask(plan, "wan", host, 443, source=inside)) == f"{host}:443 sees client {inside}: pinhole"
    assert said(ask(plan, "wan", host, 443, source=far6)) == "refuse: not an allowed source"
    assert said(ask(plan, "wan", host, 444)) == "refuse: next port"
    assert ask(plan, "lan", far6, 443)["sees_source"] == "client"


def test_somebody_far_away_is_claimed_by_the_default_route_alone():
    wans = (wan(), wan("wan1", "198.51.100.10/24", gateway=None))
    publics = tuple(
        Public(ip_address(text), "interface", by) for text, by in (("203.0.113.10", "wan0"), ("198.51.100.10", "wan1"))
    )
    plan = a_plan(wans=wans, publics=publics, forwards=(forward(), forward(public="198.51.100.10")))
    assert ask(plan, "wan", "203.0.113.10", 443)["source"] == "192.0.2.77"
    assert ask(plan, "wan", "198.51.100.10", 443)["source"] == "198.51.100.254"
    assert ask(plan, "lan", "198.51.100.254", 443)["sees_address"] == "198.51.100.10"
    assert ask(plan, "lan", "192.0.2.77", 443)["sees_address"] == "203.0.113.10"


HOSTS = st.sampled_from(("192.168.1.30", "192.168.1.31", "192.168.2.30"))
PORTS = st.integers(20, 30).flatmap(lambda first: st.integers(first, 32).map(lambda last: Ports(first, last)))
SOURCES = st.sampled_from(((), networks("198.51.100.0/25"), networks("192.0.2.0/24", "203.0.113.128/25"), networks("0.0.0.0/1")))
FORWARDS = st.builds(
    lambda ports, public, host, protocol, sources, hairpin: forward(
        ports, public=public, host=host, protocol=protocol, sources=sources, hairpin=hairpin
    ),
    PORTS,
    st.sampled_from(("203.0.113.10", "203.0.113.20", "192.0.2.9")),
    HOSTS,
    st.sampled_from(("tcp", "udp")),
    SOURCES,
    st.booleans(),
)
EGRESS = st.builds(
    egress,
    st.sampled_from(("192.168.1.30/32", "192.168.1.0/24", "192.168.2.0/24", "192.168.2.30/32")),
    st.none() | PORTS,
    st.sampled_from((None, "192.0.2.0/24", "198.51.100.9/32")),
    st.sampled_from(("tcp", "udp")),
)
MANAGEMENT = st.builds(
    Management,
    st.sampled_from(("tcp", "udp")),
    PORTS,
    st.sampled_from(((), networks("192.168.1.0/24"), networks("198.51.100.0/25", "192.168.2.30/32"))),
)


def disjoint(forwards):
    """Leave out what the check refuses: one port twice."""
    taken, kept = set(), []
    for one in forwards:
        ports = {(one.public, one.protocol, port) for port in range(one.public_ports.first, one.public_ports.last + 1)}
        if not ports & taken:
            kept.append(one)
            taken |= ports
    return tuple(kept)


PLANS = st.builds(
    lambda forwards, management, ways_out, policy, masquerade, presence: a_plan(
        lans=(lan(), lan("lan1", "192.168.2.1", "192.168.2.0/26")),
        publics=(
            Public(ip_address("192.0.2.9"), "routed", "wan0"),
            Public(ip_address("203.0.113.10"), "interface", "wan0"),
            Public(ip_address("203.0.113.20"), presence, "wan0"),
        ),
        forwards=disjoint(forwards),
        management=tuple(management),
        egress=tuple(ways_out),
        egress_policy=policy,
        masquerade=masquerade,
    ),
    st.lists(FORWARDS, max_size=5),
    st.lists(MANAGEMENT, max_size=2),
    st.lists(EGRESS, max_size=4),
    st.sampled_from(("open", "restricted")),
    st.booleans(),
    st.sampled_from(("secondary", "proxy_arp")),
)


@hypothesis.given(PLANS)
def test_no_question_is_answered_twice_and_every_forward_is_asked_for(plan):
    rows = verdicts(plan)
    assert rows == verdicts(plan)
    questions = [tuple(row[key] for key in ("vantage", "source", "family", "protocol", "destination", "port")) for row in rows]
    assert len(set(questions)) == len(questions)
    own = {"203.0.113.10", "203.0.113.20", "192.0.2.9", "192.168.1.1", "192.168.2.1"}
    for row in rows:
        assert row["source"] != row["destination"] or row["vantage"] == "router"
        assert row["vantage"] == "router" or row["source"] not in own
        if row["vantage"] == "wan":
            assert not row["source"].startswith("192.168.")
            assert row["sees_source"] in (None, "client"), "who comes from outside is seen as who they are"
    for one in plan.forwards:
        mine = [row for row in rows if row["destination"] == str(one.public) and row["port"] == one.public_ports.first]
        mine = [row for row in mine if row["protocol"] == one.protocol]
        reached = {row["vantage"] for row in mine if row["outcome"] == "reach"}
        assert reached == ({"wan", "lan", "router"} if one.hairpin else {"wan", "router"})
        assert {row["reaches"] for row in mine if row["outcome"] == "reach"} == {str(one.host)}
