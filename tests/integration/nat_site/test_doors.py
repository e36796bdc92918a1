"""What can be reached from outside is what the plan says, and nothing else: every port of every public address is tried."""

from __future__ import annotations

import ipaddress
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import REMOTE, REMOTE_IN_POOL, STRANGER

LAN = ["192.168.1.1", "192.168.1.30", "192.168.1.40", "192.168.1.53", "192.168.1.101"]
LAN_PORTS = "22,53,80,443,500,4369,5222,5223,5269,5280,5432,8080,9555"
UDP_PORTS = "53,67,69,123,137,161,500,1900,3478,4500,5060,5353,8080,9555"
pytestmark = pytest.mark.usefixtures("gateway")


def scan(host: str, *options: str) -> dict[str, dict[int, str]]:
    """Address to port to state, of the ports that gave any answer."""
    command = ["nmap", "-n", "-Pn", "-oX", "-", "--max-retries", "1", "--min-rate", "10000", *options]
    found: dict[str, dict[int, str]] = {}
    for machine in ET.fromstring(run(host, *command)).iter("host"):
        states = {int(port.get("portid")): port.find("state").get("state") for port in machine.iter("port")}
        answered = {port: state for port, state in states.items() if state in ("open", "closed")}
        found[machine.find("address").get("addr")] = answered
    return found


def planned(plan: dict, source: str, protocol: str) -> dict[str, dict[int, str]]:
    """What the plan opens to a source, in the words of the scanner."""
    opened: dict[str, dict[int, str]] = {public["address"]: {} for public in plan["publics"]}
    for row in plan["forwards"]:
        allowed = [ipaddress.ip_network(one) for one in row["sources"]]
        if row["protocol"] == protocol and (not allowed or any(ipaddress.ip_address(source) in one for one in allowed)):
            first, _, last = row["public_ports"].partition("-")
            opened[row["public"]].update(dict.fromkeys(range(int(first), int(last or first) + 1), "open"))
    return opened


@pytest.mark.parametrize(("host", "source"), [("stranger", STRANGER), ("remote", REMOTE), ("remote", REMOTE_IN_POOL)])
def test_every_tcp_port_of_every_public_address(places, host, source):
    expected = planned(places.plan, source, "tcp")
    relay = [3478, 5349] if places.relayed else []
    assert expected[places.public] == dict.fromkeys([80, 443, 5222, 5223, *relay], "open")
    assert scan(host, "-sS", "-p-", "-S", source, "-e", "eth0", *expected) == expected


@pytest.mark.parametrize(("host", "source"), [("stranger", STRANGER), ("remote", REMOTE_IN_POOL)])
def test_udp(places, host, source):
    asked = [int(port) for port in UDP_PORTS.split(",")]
    opened = planned(places.plan, source, "udp")
    expected = {address: {port: ports[port] for port in asked if port in ports} for address, ports in opened.items()}
    assert expected[places.public] == ({3478: "open"} if places.relayed else {})
    assert scan(host, "-sU", "-p", UDP_PORTS, "-S", source, "-e", "eth0", *expected) == expected


@pytest.fixture
def way_into_the_lan():
    """A neighbour of the router who sends packets for the LAN straight to it."""
    run("stranger", "ip", "route", "add", "192.168.1.0/24", "via", "203.0.113.10")
    yield
    run("stranger", "ip", "route", "del", "192.168.1.0/24")


@pytest.mark.usefixtures("way_into_the_lan")
def test_nothing_of_the_lan():
    assert scan("stranger", "-sS", "-p", LAN_PORTS, *LAN) == {address: {} for address in LAN}
    assert scan("stranger", "-sU", "-p", UDP_PORTS, *LAN) == {address: {} for address in LAN}
    for address in LAN[1:]:  # the router itself answers
        run("stranger", "sh", "-c", f"! ping -c1 -W1 {address}")


def test_nothing_by_ipv6():
    """Nobody planned any; every card has a link-local address all the same, and the router's neighbours know it."""
    address = run("router", "sh", "-c", "ip -6 -brief address show dev wan0 scope link | grep -o 'fe80[^/]*'").strip()
    assert scan("stranger", "-6", "-e", "eth0", "-sS", "-p-", f"{address}%eth0") in ({address: {}}, {f"{address}%eth0": {}})
