"""Topologies: what is read, what is refused and in which words."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.lab import fabric
from ansible_collections.onprem.chat.lab.topology import TopologyError, dump, parse

FILES = sorted((Path(__file__).resolve().parents[3] / "lab/topologies").glob("*.toml"))
ROUTED = """
[networks.wan]
[networks.lan]
closed = true
[hosts.router]
suite = "bookworm"
nics.wan0 = { network = "wan", addresses = ["203.0.113.10/24", "203.0.113.11/24"] }
nics.lan0 = { network = "lan", addresses = ["192.168.1.1/24", "fd00:1::1/64"] }
routes = { default = "203.0.113.1" }
nspawn = ["--bind-ro=/srv"]
"""


ROUTERS = {"nat", "restrictive"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_committed_topologies_are_closed_or_have_a_router_of_their_own(file: Path) -> None:
    topology = parse(file.read_text())
    known = {address for host in topology.hosts for address in host.addresses}
    assert {gateway for host in topology.hosts for _to, gateway in host.routes} <= known
    if file.stem not in ROUTERS:
        assert all(network.closed for network in topology.networks)
        assert not any(host.routes for host in topology.hosts)
    assert parse(dump(topology)) == topology


def test_another_flavour_is_another_image() -> None:
    text = 'networks.a = {}\n[hosts.r]\nflavour = "router"\nnics.eth0 = { network = "a", addresses = ["192.0.2.1/24"] }'
    assert parse(text).host("r").base == "trixie-router"


def test_several_networks_cards_routes_and_options() -> None:
    topology = parse(ROUTED)
    router = topology.host("router")
    assert router.base == "bookworm"
    assert router.addresses == ("203.0.113.10", "203.0.113.11", "192.168.1.1", "fd00:1::1")
    assert router.routes == (("default", "203.0.113.1"),)
    assert router.nspawn == ("--bind-ro=/srv",)
    assert topology.prefixes("lan") == (ip_network("192.168.1.0/24"), ip_network("fd00:1::/64"))
    assert parse(dump(topology)) == topology


def test_a_suite_can_be_chosen_from_outside() -> None:
    topology = parse(ROUTED, {"router": "trixie"})
    assert topology.host("router").base == "trixie"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "hosts: there is none"),
        ("x = ", "topology: Invalid value"),
        ("{", "topology: Expecting property name"),
        ("[host.a]", "host: is not known here"),
        ("[hosts]\na = 1", "hosts.a: must be a table"),
        ("[hosts.A]", "hosts.A: 'A' does not fit"),
        ("[hosts.much-too-long]", "hosts.much-too-long: 'much-too-long' does not fit"),
        ("[hosts.a]", "hosts.a.nics: there is none"),
        ("[hosts.a]\nsuite = 'sid'", "hosts.a.suite: 'sid' is not one of bookworm, trixie"),
        ("[hosts.a]\nnics.eth0 = {network = 'lan'}", "hosts.a.nics.eth0.network: 'lan' is not one of the networks"),
        ("[hosts.a]\nnics.eth0 = {addresses = ['1.2.3']}", "hosts.a.nics.eth0.addresses: '1.2.3' does not appear"),
        ("[hosts.a]\nnics.eth0 = {addresses = '1.2.3.4'}", "hosts.a.nics.eth0.addresses: must be a list of strings"),
        ("[hosts.a]\nroutes = {default = 'home'}", "hosts.a.routes.default: 'home' does not appear"),
        ("[hosts.a]\ndns = ['a.b']", "hosts.a.dns: 'a.b' does not appear"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(TopologyError) as caught:
        parse(text)
    assert words in str(caught.value)


def test_all_complaints_come_together() -> None:
    with pytest.raises(TopologyError) as caught:
        parse(ROUTED + "[hosts.b]\nnics.eth0 = { network = 'lan', addresses = ['192.168.1.1/24'] }\nsuite = 'x'", {"c": "trixie"})
    assert sorted(str(caught.value).splitlines()) == [
        "hosts.b.nics.eth0.addresses: 192.168.1.1 belongs to router already",
        "hosts.b.suite: 'x' is not one of bookworm, trixie",
        "suite of c: there is no such host",
    ]


def test_the_watch_knows_the_networks_own_addresses() -> None:
    rules = fabric.watch_rules(parse(ROUTED))
    assert 'iifname { "router-lan0" }' in rules
    assert "router-wan0" not in rules  # not a closed network
    assert "192.168.1.0/24, 224.0.0.0/4" in rules
    assert "fd00:1::/64, fe80::/10" in rules
    assert "@th,64,10 != 0x3fa @th,64,64 != 0xfd00000100000000 add @ndp_questions" in rules


def test_a_card_keeps_its_address() -> None:
    assert fabric.mac("chat", "eth0") == fabric.mac("chat", "eth0") != fabric.mac("chat", "eth1")
    assert fabric.mac("chat", "eth0").startswith("02:")
