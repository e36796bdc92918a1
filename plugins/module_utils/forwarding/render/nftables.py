"""Render: the plan as one nftables table, replaced in one transaction; for nft 1.0.6 and newer.

Exact ports are hash maps, so that a connection costs the same at any number of forwards; true ranges alone are interval maps.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Plan
from . import matches
from .nft_filter import forward_chains, input_chains
from .nft_text import Table


def render(plan: Plan) -> str:
    """Return the file for ``nft -f``; the same plan is the same bytes."""
    table = Table()
    _sites(table, plan)
    _translation(table, plan)
    forward_chains(table, plan)
    input_chains(table, plan)
    return table.text(matches.HEADING)


def _sites(table: Table, plan: Plan) -> None:
    """Whose interfaces and networks the rules speak of."""
    table.set("wan_interfaces", "ifname", (f'"{one.interface}"' for one in plan.wans))
    table.set("lan_interfaces", "ifname", (f'"{one.interface}"' for one in plan.lans))
    table.set("lan_networks", "ipv4_addr", map(str, matches.sources4(one.network for one in plan.lans)), interval=True)
    networks6 = matches.sources6(one.network6 for one in plan.lans if one.network6)
    table.set("lan_networks6", "ipv6_addr", map(str, networks6), interval=True)


def _translation(table: Table, plan: Plan) -> None:
    exact, ranges, portless = [], [], []
    text = matches.Texts()
    for one in plan.forwards:
        key, host = f"{text[one.public]} . {one.protocol}", text[one.host]
        if one.public_ports is None or one.private_ports is None:
            portless.append(f"{key} : {host}")
        elif one.public_ports.single:
            exact.append(f"{key} . {one.public_ports.first} : {host} . {one.private_ports.first}")
        else:  # the address alone: nft would send every port of a range to its first
            ranges.append(f"{key} . {one.public_ports} : {host}")
    key = "ipv4_addr . inet_proto . inet_service"
    maps = [
        ("ip daddr . ip protocol . th dport", table.map("ports", f"{key} : ipv4_addr . inet_service", exact)),
        ("ip daddr . ip protocol . th dport", table.map("ranges", f"{key} : ipv4_addr", ranges, interval=True)),
        ("ip daddr . ip protocol", table.map("protocols", "ipv4_addr . inet_proto : ipv4_addr", portless)),
    ]
    rules = [f"dnat ip to {match} map {name}" for match, name in maps if name]
    if rules:
        table.chain("prerouting", rules, "nat hook prerouting priority dstnat")
        table.chain("output", rules, "nat hook output priority -100")  # dstnat; the name is not known in this hook
    table.chain("postrouting", _sources(table, plan), "nat hook postrouting priority srcnat")


def _sources(table: Table, plan: Plan) -> Iterable[str]:
    """Source translation: a hairpin within one LAN, hosts with an address of their own, everybody else."""
    rules = []
    if plan.forwards:
        for lan in plan.lans:
            rules.append(f"ct status dnat ip saddr {lan.network} ip daddr {lan.network} snat ip to {lan.address}")
        for lan in plan.lans:
            rules.append(f"ct status dnat fib saddr type local ip daddr {lan.network} snat ip to {lan.address}")
    reserved = table.map("reserved", "ipv4_addr : ipv4_addr", (f"{one.host} : {one.public}" for one in plan.one_to_one))
    if reserved:
        rules.append(f"oifname @oc_wan_interfaces snat ip to ip saddr map {reserved}")
    if plan.masquerade:
        rules += [f'oifname "{wan.interface}" ip saddr @oc_lan_networks snat ip to {wan.address}' for wan in plan.wans]
    return rules
