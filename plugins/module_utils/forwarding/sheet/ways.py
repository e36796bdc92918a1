"""Compute: the sections that say what is to be entered at the router."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..model import Forward, Lan, Network, Plan, Ports, Public
from .model import About, Block, Points, Section, Table, Words

_PRESENCES = {
    "interface": "the router's own address on {wan}",
    "secondary": "a further address on {wan}; enter it there",
    "proxy_arp": "on no interface; the router answers ARP for it on {wan}",
    "routed": "routed to the router by the provider, by {wan}",
}


def plain(network: Network) -> str:
    """Return a network as people write it: a single address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def sources(networks: Sequence[Network]) -> str:
    """Return who may come in."""
    return ", ".join(plain(one) for one in networks) or "anybody"


def place(address: Any, ports: Ports | None) -> str:
    """Return an address with its ports, as routers' forms have it."""
    shown = f"[{address}]" if ":" in str(address) else str(address)
    return str(address) if ports is None else f"{shown}:{ports}"


def numbered(letter: str, rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return rows with a number in front, by which people can speak of them."""
    return tuple((f"{letter}{number}", *row) for number, row in enumerate(rows, 1))


def _used(plan: Plan) -> Iterator[Public]:
    """Yield the public addresses that something leads to or leaves with."""
    used = {one.public for one in plan.forwards} | {one.public for one in plan.one_to_one}
    return (one for one in plan.publics if one.address in used)


def addresses(plan: Plan) -> Section:
    """Who has which address; those inside have to stay what they are."""
    rows = [(str(one.address), _PRESENCES[one.presence].format(wan=one.wan)) for one in _used(plan)]
    for lan in plan.lans:
        own = str(lan.address) if lan.address6 is None else f"{lan.address}, {lan.address6}"
        networks = str(lan.network) if lan.network6 is None else f"{lan.network}, {lan.network6}"
        rows.append((own, f"the router on {lan.interface}, for {networks}"))
    hosts: dict[Any, list[str]] = {}
    for host, service in [
        *((one.host, one.service) for one in plan.forwards),
        *((one.host, one.service) for one in plan.pinholes),
    ]:
        hosts.setdefault(host, []).append(service)
    for host, services in sorted(hosts.items(), key=lambda item: (item[0].version, int(item[0]))):
        rows.append((str(host), f"the server of {', '.join(dict.fromkeys(services))}"))
    stay = Words("The servers keep their addresses (fixed, or reserved in DHCP) and have this router as their gateway.")
    return Section("Addresses", (Table(("address", "whose"), tuple(rows), frozenset({0})), *([stay] if hosts else [])))


def forwards(plan: Plan) -> list[tuple[Forward, tuple[str, ...]]]:
    """Return the forwards with their rows, numbered."""
    cells = (
        (one.protocol, place(one.public, one.public_ports), place(one.host, one.private_ports), one.service, sources(one.sources))
        for one in plan.forwards
    )
    return list(zip(plan.forwards, numbered("F", cells)))


def _in(plan: Plan, about: About) -> Iterator[Section]:
    rows = forwards(plan)
    if not rows:
        return
    heads = ("no.", "protocol", "to (outside)", "goes to (inside)", "service", "from")
    rules = [
        "Keep the address of whoever comes from outside: no source translation (masquerading) for what comes in.",
        "Forward these alone. No exposed host, no DMZ host, no further ports of these servers.",
    ]
    if any(one.public_ports and not one.public_ports.single for one, _row in rows):
        rules.append("A range keeps its port numbers.")
    asked = [row[0] for one, row in rows if about.renews_by_http and one.host == about.host and str(one.public_ports) == "80"]
    if asked:
        rules.append(f"{span(asked)} stays open to everybody: the certificate authority asks there at every renewal.")
    blocks: tuple[Block, ...] = (Table(heads, tuple(row for _one, row in rows), frozenset({2, 3})), Points(tuple(rules)))
    yield Section("Let in, and forward (destination NAT)", blocks)


def _within(plan: Plan, lan: Lan, rows: Sequence[tuple[Forward, tuple[str, ...]]]) -> str:
    """Return what hairpin needs for one LAN: who shares the server's LAN must not be answered past the router."""
    own = span([row[0] for one, row in rows if one.host in lan.network])
    if not own:
        return f"From {lan.network} ({lan.interface}): the client keeps its address."
    text = f"From {lan.network} ({lan.interface}), for {own}: the router puts its own address {lan.address} as the source"
    return f"{text}, for client and server are in one network and the answer would go past the router."


def span(numbers: Sequence[str]) -> str:
    """Return numbers of rows, three neighbours or more together: ``F1 to F3, F5``."""
    found: list[list[str]] = []
    for one in numbers:
        if found and one[0] == found[-1][-1][0] and int(one[1:]) == int(found[-1][-1][1:]) + 1:
            found[-1].append(one)
        else:
            found.append([one])
    return ", ".join(", ".join(run) if len(run) < 3 else f"{run[0]} to {run[-1]}" for run in found)


def _hairpin(plan: Plan) -> Iterator[Section]:
    rows = [(one, row) for one, row in forwards(plan) if one.hairpin]
    if not rows:
        return
    which = span([row[0] for _one, row in rows])
    lead = f"{which} hold for devices inside too: they use the public address, and the router turns them round."
    points = tuple(_within(plan, lan, rows) for lan in plan.lans)
    last = (
        "Vendors call it NAT loopback, NAT reflection or U-turn NAT. "
        "If the router cannot do it, say so; the site can be set up without it."
    )
    yield Section("The same from inside (hairpin)", (Words(lead), Points(points), Words(last)))


def _reserved(plan: Plan) -> Iterator[Section]:
    if not plan.one_to_one:
        return
    rows = tuple((str(one.host), str(one.public), one.service) for one in plan.one_to_one)
    lead = (
        "These servers leave with an address of their own (static source NAT), before the general rule. "
        "On it comes in what stands above, and nothing else."
    )
    yield Section("Reserved addresses", (Words(lead), Table(("server", "leaves as", "service"), rows, frozenset({0, 1}))))


def _pinholes(plan: Plan) -> Iterator[Section]:
    if not plan.pinholes:
        return
    rows = numbered("P", ((one.protocol, place(one.host, one.ports), one.service, sources(one.sources)) for one in plan.pinholes))
    table = Table(("no.", "protocol", "to", "service", "from"), rows, frozenset({2}))
    yield Section("Let in by IPv6, without translation", (table,))


def ways_out(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """Return what alone may leave, numbered; nothing where everything may."""
    together: dict[tuple[str, ...], list[str]] = {}
    for one in plan.egress if plan.egress_policy == "restricted" else ():
        to = "anywhere" if one.to is None else plain(one.to) if one.name is None else f"{plain(one.to)} ({one.name})"
        ports = str(one.ports) if one.ports else "all" if one.protocol in ("tcp", "udp") else ""
        together.setdefault((plain(one.source), one.protocol, to, one.service), []).append(ports)
    return numbered("E", ((*key[:3], ", ".join(filter(None, ports)), key[3]) for key, ports in together.items()))


def _out(plan: Plan) -> Section:
    own = ", ".join(f"{wan.address} on {wan.interface}" for wan in plan.wans)
    leaves = f"with the router's address ({own}; source NAT)" if plan.masquerade else "with its own address, untranslated"
    if plan.egress_policy == "open":
        return Section("What leaves", (Words(f"Nothing to enter if the LANs reach the internet already, {leaves}."),))
    rows = ways_out(plan)
    if not rows:
        return Section(
            "What leaves", (Words("Nothing but the answers to what is let in. Everything else from the LANs is dropped."),)
        )
    lead = f"These, {leaves}, and the answers to what is let in. Everything else from the LANs is dropped."
    heads = ("no.", "from", "protocol", "to", "ports", "service")
    return Section("What leaves", (Words(lead), Table(heads, rows, frozenset({1, 3, 4}))))


def sections(plan: Plan, about: About) -> list[Section]:
    """Return what is to be entered at the router."""
    return [addresses(plan), *_in(plan, about), *_hairpin(plan), *_reserved(plan), *_pinholes(plan), _out(plan)]
