"""What the probe was asked: the only place that sees the module's raw options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import addresses
from .ruleset import IPTABLES, NFT

BACKENDS = (NFT, IPTABLES)
INTERFACE = "interface"
ROUTED = "routed"
#: How packets for a public address come to be at the host; only an interface has the address before we have done anything.
PRESENCES = (INTERFACE, "secondary", "proxy_arp", ROUTED)
WITH_PORTS = ("tcp", "udp")
WITHOUT_PORTS = ("ah", "esp", "gre")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
_PORT = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


class ProbeError(Exception):
    """Options that cannot be read; holds every fault found, not the first alone."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Opening:
    """A port, or the ports ``first`` to ``last``, that must be reached; on the host with that address, if one is named."""

    protocol: str
    first: int | None
    last: int | None
    host: str | None

    def ports(self, dash: str) -> str:
        """The port, or the range with a tool's own dash; empty for a protocol without ports."""
        if self.first is None:
            return ""
        return str(self.first) if self.first == self.last else f"{self.first}{dash}{self.last}"

    @property
    def what(self) -> str:
        """``443/tcp``, or the protocol alone."""
        return "/".join(part for part in (self.ports("-"), self.protocol) if part)

    def __str__(self) -> str:
        return f"{self.host or 'a LAN host'} {self.what}"


@dataclass(frozen=True)
class Forward:
    """What is to be translated: a port or a range of a public address, and the opening that it leads to."""

    public: str
    protocol: str
    first: int | None
    last: int | None
    opening: Opening

    @property
    def port(self) -> str:
        """The port or the range; empty for a protocol without ports."""
        if self.first is None:
            return ""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def holds(self, protocol: str, port: int) -> bool:
        """Whether this port is among those that are translated."""
        return self.protocol == protocol and self.first is not None and self.first <= port <= (self.last or 0)

    def __str__(self) -> str:
        return f"{self.protocol} {self.port}".rstrip()


@dataclass(frozen=True)
class Declared:
    """An address that is said to be the host's, how it comes to be there, and the place where that was said."""

    address: str
    interface: str
    presence: str = INTERFACE
    place: str = ""


@dataclass(frozen=True)
class Question:
    """The module's options, sound."""

    name: str
    resolver: tuple[str, ...]
    public_address: str | None
    ports: tuple[Opening, ...]
    wan: tuple[str, ...]
    lan: tuple[str, ...]
    backend: str = NFT
    forwards: tuple[Forward, ...] = ()
    publics: tuple[Declared, ...] = ()
    addresses: tuple[Declared, ...] = ()
    lab: bool = False
    accept: tuple[str, ...] = ()

    def brought(self, address: str) -> bool:
        """Whether packets for a public address come to the host without its being on an interface, as it was declared."""
        return any(one.address == address and one.presence != INTERFACE for one in self.publics)


def parse(raw: Mapping[str, Any]) -> Question:
    """The question in the module's options; raises ProbeError with every fault."""
    faults: list[str] = []
    name = raw.get("name") or ""
    if name and not (len(name) < 255 and _NAME.fullmatch(name)):
        faults.append(f"name: {name!r} is not a DNS name; write one with other letters in its xn-- form")
    if public := raw.get("public_address"):
        public = _address("public_address", public, faults)
    resolver = [_address(f"resolver[{at}]", one, faults) for at, one in enumerate(raw.get("resolver") or ())]
    for key in ("wan", "lan"):
        for at, one in enumerate(raw.get(key) or ()):
            if not _INTERFACE.fullmatch(one):
                faults.append(f"{key}[{at}]: {one!r} is not the name of an interface")
    ports: list[Opening] = []
    forwards: list[Forward] = []
    for at, one in enumerate(raw.get("ports") or ()):
        if opening := _opening(f"ports[{at}]", one, faults):
            ports.append(opening)
            forwards.extend(_forward(f"ports[{at}]", one, opening, faults))
    publics, declared = (_declared(key, raw.get(key) or (), faults) for key in ("publics", "addresses"))
    if faults:
        raise ProbeError(faults)
    return Question(
        name=name.rstrip("."),
        resolver=tuple(one for one in resolver if one),
        public_address=public or next((one.address for one in publics), None),
        ports=tuple(dict.fromkeys(ports)),
        wan=tuple(raw.get("wan") or ()),
        lan=tuple(raw.get("lan") or ()),
        backend=raw.get("backend") or NFT,
        forwards=tuple(dict.fromkeys(forwards)),
        publics=publics,
        addresses=declared,
        lab=bool(raw.get("lab")),
        accept=tuple(raw.get("accept") or ()),
    )


def _address(path: str, value: Any, faults: list[str]) -> str | None:
    try:
        return str(addresses.address(value))
    except ValueError:
        faults.append(f"{path}: {value!r} is not an IP address")
        return None


def _opening(path: str, raw: Mapping[str, Any], faults: list[str]) -> Opening | None:
    protocol, port = raw.get("protocol") or "tcp", raw.get("port")
    host = _address(f"{path}.host", raw["host"], faults) if raw.get("host") else None
    if protocol in WITHOUT_PORTS:
        if port is not None:
            faults.append(f"{path}.port: {protocol} has no ports")
        return Opening(protocol, None, None, host)
    if protocol not in WITH_PORTS:
        faults.append(f"{path}.protocol: {protocol!r} is not one of {', '.join(WITH_PORTS + WITHOUT_PORTS)}")
        return None
    first, last = _ports(f"{path}.port", port, faults)
    return Opening(protocol, first, last, host) if first else None


def _ports(path: str, port: Any, faults: list[str]) -> tuple[int, int]:
    """The ends of a range; noughts when it is none."""
    found = _PORT.fullmatch(str(port))
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= 65535:
        faults.append(f"{path}: {port!r} is not a port (1-65535) or a range such as 49152-65535")
        return 0, 0
    return first, last


def _forward(path: str, raw: Mapping[str, Any], opening: Opening, faults: list[str]) -> Iterator[Forward]:
    """What leads to the opening, when a public address was given for it."""
    public = _address(f"{path}.public_address", raw["public_address"], faults) if raw.get("public_address") else None
    outer = raw.get("public_port")
    if outer is not None and opening.first is None:
        faults.append(f"{path}.public_port: {opening.protocol} has no ports")
    elif public and outer is not None:
        yield Forward(public, opening.protocol, *_ports(f"{path}.public_port", outer, faults), opening)
    elif public:
        yield Forward(public, opening.protocol, opening.first, opening.last, opening)


def _declared(key: str, rows: Iterable[Mapping[str, Any]], faults: list[str]) -> tuple[Declared, ...]:
    found = []
    for at, raw in enumerate(rows):
        one = _address(f"{key}[{at}].address", raw.get("address"), faults)
        interface = raw.get("interface") or ""
        if not _INTERFACE.fullmatch(interface):
            faults.append(f"{key}[{at}].interface: {interface!r} is not the name of an interface")
        if one:
            found.append(Declared(one, interface, raw.get("presence") or INTERFACE, raw.get("place") or f"{key}[{at}]"))
    return tuple(dict.fromkeys(found))
