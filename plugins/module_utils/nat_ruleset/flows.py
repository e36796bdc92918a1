# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tracked connections live on an opening that is no more. Pure: the table of the kernel is read and cut elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Union

from .error import NatRulesetError

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51}
#: What of an opening decides about connections; a new name for a service cuts nobody off.
KEYS = ("hairpin", "host", "lan", "ports", "private_ports", "protocol", "public", "public_ports", "sources")


@dataclass(frozen=True)
class Flow:
    """One tracked connection: addresses as text, C(sport)/C(dport) of the first packet, 0 where there are no ports.

    C(reply_*) are where the answers come from and go to; C(zone) is the conntrack zone.
    """

    family: int
    protocol: int
    source: str
    destination: str
    sport: int
    dport: int
    reply_source: str
    reply_destination: str
    reply_sport: int
    zone: int = 0


@dataclass(frozen=True)
class _Opening:
    kind: str  # forward, out (one to one, outwards) or pinhole
    first: int
    last: int
    host: str
    port: int | None  # where a single port leads; None when it stays what it was
    sources: tuple[str, ...]
    hairpin: bool


@cache
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


@lru_cache(maxsize=65536)
def within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks."""
    found = ipaddress.ip_address(address)
    return any(found.version == network.version and found in network for network in _networks(networks))


def normalise(openings: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The openings with what decides about connections alone, in one order. Raises L(NatRulesetError)."""
    rows = [{key: row[key] for key in KEYS if row.get(key) is not None and key != "lan"} for row in openings]
    Openings(rows)
    return tuple(sorted(rows, key=lambda row: sorted((key, str(value)) for key, value in row.items())))


def known_networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Networks in one order. Raises L(NatRulesetError)."""
    try:
        return tuple(str(network) for network in sorted(_networks(tuple(texts)), key=str))
    except ValueError as error:
        raise NatRulesetError(f"networks: {error}") from error


def _range(text: Any) -> tuple[int, int]:
    if text is None:
        return 0, 65535
    first, _dash, last = str(text).partition("-")
    return int(first), int(last or first)


class Openings:
    """The openings of one plan, by the address and protocol that a connection asks for."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._exact: dict[tuple[str, str, int, int], _Opening] = {}
        self._ranges: dict[tuple[str, str, int], list[_Opening]] = {}
        for index, row in enumerate(rows):
            try:
                self._take(row)
            except (KeyError, ValueError, TypeError) as error:
                raise NatRulesetError(f"forwards[{index}]: is not a forward, pinhole or 1:1 row of a plan ({error!r})") from error

    def _take(self, row: Mapping[str, Any]) -> None:
        host, sources = str(ipaddress.ip_address(row["host"])), tuple(row.get("sources") or ())
        _networks(sources)
        if "protocol" not in row:
            public = str(ipaddress.ip_address(row["public"]))
            self._exact["out", host, 0, 0] = _Opening("out", 0, 65535, public, None, (), True)
            return
        number = NUMBERS[row["protocol"]]
        if "public" in row:
            kind, asked = "forward", str(ipaddress.ip_address(row["public"]))
            (first, last), (start, _end) = _range(row.get("public_ports")), _range(row.get("private_ports"))
        else:
            kind, asked = "pinhole", host
            (first, last), start = _range(row.get("ports")), 0
        single = first == last
        port = start if kind == "forward" and single else None
        opening = _Opening(kind, first, last, host, port, sources, bool(row.get("hairpin", True)))
        if single:
            self._exact[kind, asked, number, first] = opening
        else:
            self._ranges.setdefault((kind, asked, number), []).append(opening)

    def find(self, kind: str, address: str, protocol: int, port: int) -> _Opening | None:
        """The opening that a connection to that address and port came by."""
        exact = self._exact.get((kind, address, protocol, port))
        if exact:
            return exact
        ranges = self._ranges.get((kind, address, protocol), ())
        return next((one for one in ranges if one.first <= port <= one.last), None)

    def outward(self, host: str) -> str | None:
        """The reserved address that a host leaves with."""
        found = self._exact.get(("out", host, 0, 0))
        return found.host if found else None

    def carries(self, kind: str, flow: Flow, inside: tuple[str, ...]) -> bool:
        """Whether a connection is one that these openings let in, to where it leads."""
        found = self.find(kind, flow.destination, flow.protocol, flow.dport)
        if found is None:
            return False
        if kind == "forward":
            port = flow.dport if found.port is None else found.port
            if (flow.reply_source, flow.reply_sport) != (found.host, port):
                return False
        elif within(flow.source, inside):
            return True
        if within(flow.source, inside):
            return found.hairpin
        return not found.sources or within(flow.source, found.sources)


def stale(
    flows: Iterable[Flow],
    old: Openings,
    new: Openings,
    inside: tuple[tuple[str, ...], tuple[str, ...]],
) -> list[Flow]:
    """The connections that came by an opening of I(old) and that I(new) would not let in, or would lead elsewhere.

    I(inside) are the networks of the LANs and the router's own addresses, before and after. Connections that neither plan
    explains belong to somebody else and are never among them.
    """
    found = []
    for flow in flows:
        for kind in ("forward", "pinhole"):
            if old.carries(kind, flow, inside[0]) and not new.carries(kind, flow, inside[1]):
                if kind == "forward" or not within(flow.source, inside[0]):
                    found.append(flow)
                break
        else:
            reserved = old.outward(flow.source)
            if reserved and flow.reply_destination == reserved and new.outward(flow.source) != reserved:
                found.append(flow)
    return found
