"""Render: what the filter tables of iptables and ip6tables have in common."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from ..model import WITH_PORTS, Management, Network, Plan, Ports
from . import matches
from .iptables_text import SOURCE, Entry, Table, networks, port_range, protocol

FAST = "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"


class Family(NamedTuple):
    """One IP version and the networks that the LANs have in it."""

    version: int
    networks: tuple[Network, ...]


def pass_on(table: Table, plan: Plan) -> None:
    """Send packets between our interfaces to their chains; those of others are left alone."""
    wans, lans = [one.interface for one in plan.wans], [one.interface for one in plan.lans]
    rules = [f"-i {wan} -o {lan} -j ONPREM_WAN_TO_LAN" for wan in wans for lan in lans]
    rules += [f"-i {lan} -o {wan} -j ONPREM_LAN_TO_WAN" for lan in lans for wan in wans]
    rules += [f"-i {one} -o {other} -j ONPREM_LAN_TO_LAN" for one in lans for other in lans]
    rules += [f"-i {one} -o {other} -j DROP" for one in wans for other in wans]
    table.hook("FORWARD", table.chain("FORWARD", rules))


def pretenders(family: Family) -> list[str]:
    """From outside with a source address of the LAN."""
    return [f"-s {one} -j DROP" for one in family.networks]


def lan_to_wan(table: Table, plan: Plan, family: Family, foreign: str = "") -> None:
    """Add the chain of what leaves; ``foreign`` is a chain for public addresses that are no interface's."""
    rules = [f"-j {foreign}"] if foreign else []
    if plan.egress_policy == "open":
        table.chain("LAN_TO_WAN", [*rules, "-j ACCEPT"])
        return
    hosts: list[Entry] = []
    several: list[str] = []
    for index, (rows, sources) in enumerate(matches.egress(plan, family.version).items(), 1):
        chain = table.chain(f"EGRESS_{index}", (rule for row in rows for rule in _egress(row)))
        hosts += [Entry(_address(one), None, None, f"-j {chain}") for one in sources if matches.is_host(one)]
        several += [f"{match}-j {chain}" for match in networks("-s", (one for one in sources if not matches.is_host(one)))]
    dispatch = table.dispatch("EGRESS_HOSTS", SOURCE, hosts)
    table.chain("LAN_TO_WAN", [*rules, FAST, *([f"-j {dispatch}"] if dispatch else []), *several, "-j DROP"])


def input_chain(table: Table, plan: Plan, family: Family, icmp: Iterable[str], reserved: str = "") -> None:
    """Add what decides about packets to the router itself; ``reserved`` is a chain for addresses that are no service of ours."""
    server, client = matches.DHCP[0 if family.version == 4 else 1]
    table.chain("WAN_TO_ROUTER", (f"{kind} -j ACCEPT" for kind in icmp))
    table.chain("WAN_TO_ROUTER", [f"-p udp -m udp --sport {server} --dport {client} -j ACCEPT", "-j DROP"])
    wans = [one.interface for one in plan.wans]
    rules = [f"-i {wan} {rule}" for wan in wans for rule in pretenders(family)]
    rules += [FAST, "-i lo -j ACCEPT"]
    if reserved:
        rules += [f"-i {wan} -j {reserved}" for wan in wans]
    rules += [rule for one in plan.management for rule in _management(one, family)]
    for name in WITH_PORTS:
        closed = matches.merge(one.ports for one in plan.management if one.protocol == name)
        rules += [f"{_ports(name, ports)} -j DROP" for ports in closed]
    rules += [f"-i {wan} -j ONPREM_WAN_TO_ROUTER" for wan in wans]
    table.hook("INPUT", table.chain("INPUT", rules))


def _management(one: Management, family: Family) -> list[str]:
    match = _ports(one.protocol, one.ports)
    if not one.sources:
        return [f"{match} -j ACCEPT"]
    several: Iterable[Network] = matches.sources4(one.sources) if family.version == 4 else matches.sources6(one.sources)
    return [f"{source}{match} -j ACCEPT" for source in networks("-s", several)]


def _egress(row: matches.Row) -> list[str]:
    to = networks("-d", [row.to])[0] if row.to else ""
    if not row.ports:
        return [f"{to}{protocol(row.protocol)} -j ACCEPT"]
    return [f"{to}{_ports(row.protocol, ports)} -j ACCEPT" for ports in row.ports]


def _ports(name: str, ports: Ports) -> str:
    return f"{protocol(name)} -m {name} --dport {port_range(ports)}"


def _address(network: Network) -> IPv4Address | IPv6Address:
    return network.network_address
