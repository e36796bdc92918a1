"""Render: the filter of the nftables table, for what passes through the router and for the router itself."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import WITH_PORTS, Forward, Plan
from . import matches
from .nft_text import Table, networks, ports

FAST = "ct state established,related accept"
ICMP6 = (
    *("echo-request", "destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"),
    *("mld-listener-query", "mld-listener-report", "mld-listener-done", "mld2-listener-report"),
    *("nd-router-solicit", "nd-router-advert", "nd-neighbor-solicit", "nd-neighbor-advert"),
)


def forward_chains(table: Table, plan: Plan) -> None:
    """Add what decides about packets between our interfaces; those of others are left alone."""
    table.chain("lan_to_lan", _lan_to_lan(table, plan))
    table.chain("lan_to_wan", _lan_to_wan(table, plan))
    table.chain("forwarded", _forwarded(table, plan))
    table.chain("wan_to_lan", _wan_to_lan(table, plan))
    rules = [
        "iifname @oc_wan_interfaces oifname @oc_lan_interfaces goto oc_wan_to_lan",
        "iifname @oc_lan_interfaces oifname @oc_wan_interfaces goto oc_lan_to_wan",
        "iifname @oc_lan_interfaces oifname @oc_lan_interfaces goto oc_lan_to_lan",
        "iifname @oc_wan_interfaces oifname @oc_wan_interfaces drop",
    ]
    table.chain("forward", rules, "filter hook forward priority filter")


def input_chains(table: Table, plan: Plan) -> None:
    """Add what decides about packets to the router itself."""
    echo = [
        f"icmp type {{ {', '.join(matches.ICMP)} }} accept",
        f"icmpv6 type {{ {', '.join(ICMP6)} }} accept",
        *(f"udp sport {server} udp dport {client} accept" for server, client in matches.DHCP),
        "drop",
    ]
    table.chain("wan_to_router", echo)
    reserved = table.set("reserved_addresses", "ipv4_addr", (str(one.public) for one in plan.one_to_one))
    rules = [f"iifname @oc_wan_interfaces {rule}" for rule in _pretenders(plan)]
    rules += [FAST, 'iifname "lo" accept']
    if reserved:
        rules.append(f"iifname @oc_wan_interfaces ip daddr {reserved} drop")
    rules += [*_management(plan), "iifname @oc_wan_interfaces goto oc_wan_to_router"]
    table.chain("input", rules, "filter hook input priority filter")


def _pretenders(plan: Plan) -> Iterable[str]:
    """From outside with a source address of the LAN."""
    yield "ip saddr @oc_lan_networks drop"
    if any(one.network6 for one in plan.lans):
        yield "ip6 saddr @oc_lan_networks6 drop"


def _management(plan: Plan) -> list[str]:
    rules = []
    for one in plan.management:
        match = ports(one.protocol, [one.ports])
        if not one.sources:
            rules.append(f"{match} accept")
        for family, several in (("ip", matches.sources4(one.sources)), ("ip6", matches.sources6(one.sources))):
            if several:
                rules.append(f"{match} {networks(family, 'saddr', several)} accept")
    closed = {
        protocol: matches.merge(one.ports for one in plan.management if one.protocol == protocol) for protocol in WITH_PORTS
    }
    return rules + [f"{ports(protocol, several)} drop" for protocol, several in closed.items() if several]


def _wan_to_lan(table: Table, plan: Plan) -> list[str]:
    rules = [*_pretenders(plan), FAST, "ct state invalid drop", "ct status dnat goto oc_forwarded"]
    rules += _pinholes(table, plan)
    return [*rules, "drop"]


def _forwarded(table: Table, plan: Plan) -> list[str]:
    """What was translated and comes from outside; looked up by the original address, as two may lead to one host."""
    forwards = matches.restricted(plan)
    numbers = matches.number(sources for _forward, sources in forwards)
    for sources, index in numbers.items():
        table.chain(f"from_{index}", [f"{networks('ip', 'saddr', sources)} accept", "drop"])
    keys = [(one, f" : goto oc_from_{numbers[sources]}") for one, sources in forwards]
    rules = []
    for name, match, kind, elements, interval in _originals("restricted", keys):
        table.map(name, f"{kind} : verdict", elements, interval)
        rules.append(f"{match} vmap @oc_{name}")
    return [*rules, "accept"]


def _lan_to_lan(table: Table, plan: Plan) -> list[str]:
    rules = []
    keys = [(one, "") for one in plan.forwards if not one.hairpin]
    for name, match, kind, elements, interval in _originals("outside_only", keys):
        table.set(name, kind, elements, interval)
        rules.append(f"ct status dnat {match} @oc_{name} drop")
    return [*([FAST] if rules else []), *rules, "accept"]


def _originals(name: str, keys: list[tuple[Forward, str]]) -> Iterable[tuple[str, str, str, list[str], bool]]:
    """Yield name, match, key type, elements and whether they are intervals, of the forwards by what they were sent to.

    One lookup a protocol: the type of ``ct original proto-dst`` is known only where the protocol is.
    """
    exact: dict[str, list[str]] = {}
    ranges: dict[str, list[str]] = {}
    portless = []
    for one, verdict in keys:
        if one.public_ports is None:
            portless.append(f"{one.public} . {one.protocol}{verdict}")
        else:
            side = exact if one.public_ports.single else ranges
            side.setdefault(one.protocol, []).append(f"{one.public} . {one.public_ports}{verdict}")
    for protocol in WITH_PORTS:
        match = f"meta l4proto {protocol} ct original ip daddr . ct original proto-dst"
        if protocol in exact:
            yield f"{name}_{protocol}", match, "ipv4_addr . inet_service", exact[protocol], False
        if protocol in ranges:
            yield f"{name}_{protocol}_ranges", match, "ipv4_addr . inet_service", ranges[protocol], True
    if portless:
        yield f"{name}_protocols", "ct original ip daddr . meta l4proto", "ipv4_addr . inet_proto", portless, False


def _pinholes(table: Table, plan: Plan) -> list[str]:
    """IPv6 openings; a chain of sources returns when none matches, for ranges may overlap with single ports."""
    openings = matches.openings(plan)
    numbers = matches.number(one.sources for one in openings if one.sources)
    for sources, index in numbers.items():
        table.chain(f"from6_{index}", [f"{networks('ip6', 'saddr', sources)} accept"])
    exact: list[str] = []
    ranges: list[str] = []
    portless = []
    for one in openings:
        verdict = f"jump oc_from6_{numbers[one.sources]}" if one.sources else "accept"
        if one.ports is None:
            portless.append(f"{one.host} . {one.protocol} : {verdict}")
        else:
            side = exact if one.ports.single else ranges
            side.append(f"{one.host} . {one.protocol} . {one.ports} : {verdict}")
    key, match = "ipv6_addr . inet_proto . inet_service : verdict", "ip6 daddr . meta l4proto . th dport"
    maps = [
        (match, table.map("pinholes", key, exact)),
        (match, table.map("pinhole_ranges", key, ranges, interval=True)),
        ("ip6 daddr . meta l4proto", table.map("pinhole_protocols", "ipv6_addr . inet_proto : verdict", portless)),
    ]
    return [f"{match} vmap {name}" for match, name in maps if name]


def _lan_to_wan(table: Table, plan: Plan) -> list[str]:
    foreign = table.set("foreign_addresses", "ipv4_addr", map(str, matches.foreign_publics(plan)))
    rules = [f"ip daddr {foreign} drop"] if foreign else []
    if plan.egress_policy == "open":
        return [*rules, "accept"]
    rules.append(FAST)
    for version, family, digit in ((4, "ip", ""), (6, "ip6", "6")):
        hosts = []
        several = []
        for index, (rows, sources) in enumerate(matches.egress(plan, version).items(), 1):
            name = f"egress{digit}_{index}"
            table.chain(name, (_egress(family, row) for row in rows))
            hosts += [f"{one.network_address} : jump oc_{name}" for one in sources if matches.is_host(one)]
            several += [f"{networks(family, 'saddr', [one])} jump oc_{name}" for one in sources if not matches.is_host(one)]
        dispatch = table.map(f"egress{digit}_hosts", f"ipv{version}_addr : verdict", hosts)
        rules += [f"{family} saddr vmap {dispatch}"] if dispatch else []
        rules += several
    return [*rules, "drop"]


def _egress(family: str, row: matches.Row) -> str:
    to = f"{networks(family, 'daddr', [row.to])} " if row.to else ""
    return f"{to}{ports(row.protocol, row.ports)} accept"
