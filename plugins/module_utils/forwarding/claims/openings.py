"""Questions about what is open from outside: forwards from every side, pinholes, and the ports beside each."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Forward, Network, Pinhole, Plan, Ports, Wan
from .book import Book
from .judge import Entry, Judge
from .places import Places


def probed(ports: Ports | None) -> list[int | None]:
    """Return the ports of an opening that are tried: the first, one in the middle and the last."""
    if ports is None:
        return [None]
    if ports.first == ports.last:
        return [ports.first]
    return [ports.first, *sorted({(ports.first + ports.last) // 2, ports.last} - {ports.first})]


def beside(ports: Ports | None) -> list[int]:
    """Return the port below and the port above."""
    return [port for port in (ports.first - 1, ports.last + 1) if 1 <= port <= 65535] if ports else []


def askers(places: Places, wan: Wan, sources: tuple[Network, ...], version: int) -> tuple[list[str], str | None]:
    """Return one address inside each of the sources, and one outside all of them when they are restricted."""
    if not sources:
        anybody = places.outside(wan, version)
        return ([anybody] if anybody else []), None
    inside = (places.inside(network, wan) for network in sources if network.version == version)
    return [one for one in dict.fromkeys(inside) if one], places.elsewhere(sources, version)


def ask_forwards(plan: Plan, places: Places, judge: Judge, book: Book) -> None:
    """Ask for every forward from outside, from each LAN and from the router; beside it, and past the translation."""
    wans = {wan.interface: wan for wan in plan.wans}
    by = {public.address: wans[public.wan] for public in plan.publics}
    clients = [(lan, client) for lan in plan.lans for client in [places.client(lan)] if client]
    leaves = {wan.interface: str(wan.address) for wan in plan.wans}
    for entry in judge.entries:
        forward = entry.forward
        wan = by[forward.public]
        inside, refused = askers(places, wan, forward.sources, 4)
        for port in probed(forward.public_ports):
            for source in (*inside, *([refused] if refused else ())):
                answer = judge.from_wan(source, entry.public, forward.protocol, port)
                book.write("wan", wan.interface, source, forward.protocol, entry.public, port, answer, forward.service)
            for lan, client in clients:
                found = judge.from_lan(lan, client, entry.public, forward.protocol, port)
                book.write("lan", lan.interface, client, forward.protocol, entry.public, port, found, forward.service)
            found = judge.from_router(entry.public, forward.protocol, port)
            book.write("router", None, leaves[wan.interface], forward.protocol, entry.public, port, found, forward.service)
        _ask_beside(entry, wan, inside[0] if inside else refused, judge, book)
        _ask_past(entry, wan, places.neighbour(wan), judge, book)


#: The protocol that a port is asked for as well, to see that the rules tell the two apart.
_OTHER = {"tcp": "udp", "udp": "tcp"}


def _ask_beside(entry: Entry, wan: Wan, source: str | None, judge: Judge, book: Book) -> None:
    """Ask for the ports next to those of a forward, and for its own by the other protocol, as somebody who is let in there."""
    forward, ports = entry.forward, entry.forward.public_ports
    if source is None or ports is None:
        return
    questions = [(forward.protocol, port, "next port") for port in beside(ports)]
    questions.append((_OTHER[forward.protocol], ports.first, "other protocol"))
    for protocol, port, claim in questions:
        if not judge.forward(entry.public, protocol, port):
            answer = judge.from_wan(source, entry.public, protocol, port)
            book.write("wan", wan.interface, source, protocol, entry.public, port, answer, forward.service, claim)


def _ask_past(entry: Entry, wan: Wan, neighbour: str | None, judge: Judge, book: Book) -> None:
    """Ask a WAN neighbour for the host by its private address: the port that is forwarded, and one that no service is on."""
    if neighbour is None:
        return
    forward = entry.forward
    past = [(forward.protocol, _first(forward)), ("tcp", 22)]
    for protocol, port in past:
        answer = judge.from_wan(neighbour, entry.host, protocol, port)
        book.write("wan", wan.interface, neighbour, protocol, entry.host, port, answer, forward.service)


def _first(forward: Forward) -> int | None:
    return forward.private_ports.first if forward.private_ports else None


def ask_pinholes(plan: Plan, places: Places, judge: Judge, book: Book) -> None:
    """Ask for every IPv6 pinhole from outside, the ports beside it, and one that no service is on."""
    wan = places.default[6]
    for pinhole in plan.pinholes:
        inside, refused = askers(places, wan, pinhole.sources, 6)
        first = inside[0] if inside else refused
        around = beside(pinhole.ports)
        for source, protocol, port in _pinhole_questions(pinhole, inside, refused, first):
            answer = judge.from_wan(source, str(pinhole.host), protocol, port)
            claim = "next port" if protocol == pinhole.protocol and port in around else None
            book.write("wan", wan.interface, source, protocol, str(pinhole.host), port, answer, pinhole.service, claim)


def _pinhole_questions(
    pinhole: Pinhole, inside: list[str], refused: str | None, first: str | None
) -> Iterator[tuple[str, str, int | None]]:
    for port in probed(pinhole.ports):
        for source in (*inside, *([refused] if refused else ())):
            yield source, pinhole.protocol, port
    if first:
        for port in beside(pinhole.ports):
            yield first, pinhole.protocol, port
        yield first, "tcp", 22
