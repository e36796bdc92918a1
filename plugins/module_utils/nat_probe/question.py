"""What the probe was asked: the only place that sees the module's raw options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import addresses
from .ruleset import IPTABLES, NFT

BACKENDS = (NFT, IPTABLES)
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
class Question:
    """The module's options, sound."""

    name: str
    resolver: tuple[str, ...]
    public_address: str | None
    ports: tuple[Opening, ...]
    wan: tuple[str, ...]
    lan: tuple[str, ...]
    backend: str = NFT


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
    ports = [_opening(f"ports[{at}]", one, faults) for at, one in enumerate(raw.get("ports") or ())]
    if faults:
        raise ProbeError(faults)
    return Question(
        name=name.rstrip("."),
        resolver=tuple(one for one in resolver if one),
        public_address=public,
        ports=tuple(dict.fromkeys(one for one in ports if one)),
        wan=tuple(raw.get("wan") or ()),
        lan=tuple(raw.get("lan") or ()),
        backend=raw.get("backend") or NFT,
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
    found = _PORT.fullmatch(str(port))
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= 65535:
        faults.append(f"{path}.port: {port!r} is not a port (1-65535) or a range such as 49152-65535")
        return None
    return Opening(protocol, first, last, host)
