"""What the host itself says of its network: addresses, ways out, forwarding."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import addresses

#: Interfaces that containers and virtual machines hang on: never a site's LAN by themselves.
_VIRTUAL = ("br-", "cali", "cni", "docker", "flannel", "lxc", "podman", "tap", "tun", "veth", "virbr", "vnet", "wg")


@dataclass(frozen=True)
class Link:
    """An address on an interface; ``prefix`` is the length of its network's."""

    interface: str
    address: str
    prefix: int

    @property
    def kind(self) -> str:
        return addresses.classify(self.address)

    @property
    def network(self) -> addresses.Network:
        return ipaddress.ip_network(f"{self.address}/{self.prefix}", strict=False)


@dataclass(frozen=True)
class Way:
    """A default route; ``gateway`` is empty on a point-to-point link."""

    family: str
    gateway: str
    interface: str
    metric: int
    table: str


@dataclass(frozen=True)
class Host:
    """The network of one host; ``rp_filter`` maps an interface to what is in force there."""

    links: tuple[Link, ...]
    ways: tuple[Way, ...]
    forwarding: Mapping[str, bool] = field(default_factory=dict)
    rp_filter: Mapping[str, int] = field(default_factory=dict)

    def owns(self, address: str) -> bool:
        """Whether the address is on one of the interfaces."""
        return any(addresses.address(link.address) == addresses.address(address) for link in self.links)

    def outward(self) -> tuple[str, ...]:
        """Interfaces with a default route for IPv4, or for IPv6 where there is none; the preferred first."""
        for family in ("ipv4", "ipv6"):
            if found := [way.interface for way in self.ways if way.family == family]:
                return tuple(dict.fromkeys(found))
        return ()

    def inward(self, outward: Iterable[str]) -> tuple[str, ...]:
        """The other interfaces that have an address for a local network."""
        beside = (*outward, "lo")
        local = (*addresses.BEHIND, addresses.DOCUMENTATION, addresses.UNIQUE_LOCAL)
        found = [link.interface for link in self.links if link.interface not in beside and link.kind in local]
        return tuple(dict.fromkeys(name for name in found if not name.startswith(_VIRTUAL)))


def links(rows: Iterable[Mapping[str, Any]]) -> tuple[Link, ...]:
    """The addresses in what ``ip -j address show`` prints, in its order; an address that is no longer used is left out."""
    found = []
    for row in rows:
        for one in row.get("addr_info", ()):
            if "local" in one and not one.get("deprecated"):
                found.append(Link(row["ifname"].split("@")[0], one["local"], one["prefixlen"]))
    return tuple(found)


def ways(family: str, rows: Iterable[Mapping[str, Any]]) -> tuple[Way, ...]:
    """The default routes in what ``ip -j route show table all`` prints; the preferred (main table, low metric) first."""
    found = []
    for row in rows:
        if row.get("dst") != "default" or row.get("type", "unicast") != "unicast":
            continue
        for hop in row.get("nexthops") or [row]:
            gateway = hop.get("gateway") or (hop.get("via") or {}).get("host", "")
            if interface := hop.get("dev", ""):
                found.append(Way(family, gateway, interface, int(row.get("metric", 0)), str(row.get("table", "main"))))
    return tuple(sorted(found, key=lambda way: (way.table != "main", way.metric)))
