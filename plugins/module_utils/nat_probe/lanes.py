"""The ways that the site's traffic takes through this host, each as flows that a foreign firewall can be asked about."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from . import addresses
from .host import Host
from .question import Opening, Question
from .ruleset import Flow

IN = "in"
HAIRPIN = "hairpin"
OUT = "out"
BACK = "back"
INPUT = "input"

#: Who may stand for the whole outside: the first of these that is in no network of the host.
_FAR = {
    4: ("198.51.100.77", "203.0.113.77", "192.0.2.77", "100.127.255.77"),
    6: ("2001:db8:ffff::77", "3fff:fff:ffff::77"),
}


@dataclass(frozen=True)
class Lane:
    """One way: what kind it is, the interfaces it takes, what it is for (None: for everything), and flows that go it."""

    kind: str
    iif: str
    oif: str
    opening: Opening | None
    flows: tuple[Flow, ...]

    @property
    def hook(self) -> str:
        return self.flows[0].hook

    @property
    def family(self) -> str:
        return self.flows[0].family

    def __str__(self) -> str:
        return self.flows[0].title


def lanes(question: Question, host: Host, wan: tuple[str, ...], lan: tuple[str, ...]) -> list[Lane]:
    """Every lane of the question. A host that is no router, and an opening to its own address, has only INPUT."""
    found: list[Lane] = []
    if wan and lan:
        for version in sorted({4, *(_version(opening) for opening in question.ports)}):
            found.extend(_general(host, wan, lan, version))
    for opening in question.ports:
        if not (wan and lan) or (opening.host and host.owns(opening.host)):
            found.extend(_input(host, opening, wan))
        else:
            found.extend(_through(host, opening, wan, lan))
    if wan and lan and not question.ports:
        found.extend(_through(host, None, wan, lan))
    return found


def _general(host: Host, wan: tuple[str, ...], lan: tuple[str, ...], version: int) -> Iterator[Lane]:
    """The way out, and the answers of all: from outside, to it, and those that take the hairpin."""
    family, remote = f"ipv{version}", far(host, version)
    for inner in lan:
        local = client(host, inner) if version == 4 else None
        for outer in wan:
            title = f"a LAN host behind {inner} to the outside by {outer}"
            yield Lane(OUT, inner, outer, None, (Flow(title, family, inner, outer, local, remote, "tcp", 443),))
            yield _answers(family, inner, outer, local, remote)
            yield _answers(family, outer, inner, remote, local)
        if version == 4:
            yield _answers(family, inner, inner, None, local)


def _answers(family: str, iif: str, oif: str, source: str | None, target: str | None) -> Lane:
    flow = Flow(f"answers from {iif} to {oif}", family, iif, oif, source, target, "tcp", None, "established")
    return Lane(BACK, iif, oif, None, (flow,))


def _through(host: Host, opening: Opening | None, wan: tuple[str, ...], lan: tuple[str, ...]) -> Iterator[Lane]:
    version, what = _version(opening), opening or "a LAN host"
    for inner in _behind(host, opening, lan):
        for outer in wan:
            title = f"{outer} to {what} behind {inner}"
            yield Lane(IN, outer, inner, opening, _flows(title, opening, outer, inner, far(host, version)))
        if version == 4:
            title = f"hairpin on {inner} to {what}"
            yield Lane(HAIRPIN, inner, inner, opening, _flows(title, opening, inner, inner, client(host, inner)))


def _input(host: Host, opening: Opening, wan: tuple[str, ...]) -> Iterator[Lane]:
    """By the interface that has the opening's address; by those that lead outside when it names none."""
    version = _version(opening)
    own = tuple(link.interface for link in host.links if opening.host and link.address == opening.host)
    for name in own or wan or ("",):
        title = f"{name or 'any interface'} to this host's {opening.what}"
        source = far(host, version) if name in wan or version == 6 else client(host, name)
        yield Lane(INPUT, name, "", opening, _flows(title, opening, name, "", source))


def _version(opening: Opening | None) -> int:
    return addresses.address(opening.host).version if opening and opening.host else 4


def _flows(title: str, opening: Opening | None, iif: str, oif: str, source: str | None) -> tuple[Flow, ...]:
    """The first and the last port of an opening; any port when there is none."""
    family = f"ipv{_version(opening)}"
    dnat = bool(oif) and family == "ipv4"
    if opening is None:
        return (Flow(title, family, iif, oif, source, None, "tcp", None, "new", dnat),)
    ports = dict.fromkeys((opening.first, opening.last))
    return tuple(Flow(title, family, iif, oif, source, opening.host, opening.protocol, port, "new", dnat) for port in ports)


def _behind(host: Host, opening: Opening | None, lan: tuple[str, ...]) -> tuple[str, ...]:
    """The LAN interfaces whose network holds the opening's host; all of them when none does."""
    if opening is None or opening.host is None:
        return lan
    one = addresses.address(opening.host)
    found = {link.interface for link in host.links if one in link.network}
    return tuple(name for name in lan if name in found) or lan


def far(host: Host, version: int) -> str | None:
    """An address that may stand for the whole outside."""
    networks = [link.network for link in host.links]
    free = (one for one in _FAR[version] if not any(ipaddress.ip_address(one) in network for network in networks))
    return next(free, None)


def client(host: Host, interface: str) -> str | None:
    """The last usable IPv4 address behind an interface that is not the host's own."""
    for link in host.links:
        if link.interface == interface and link.network.version == 4 and link.network.num_addresses > 2:
            last = link.network.broadcast_address - 1
            return str(last if not host.owns(str(last)) else last - 1)
    return None
