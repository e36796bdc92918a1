"""What the user asked for, as parsed: every row knows where it stands, nothing is held against anything else yet.

Rows that an intent may have 100,000 of are named tuples: they are made in a quarter of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from .model import Lan, Management, Network, Ports, Wan


class Sources(NamedTuple):
    """Who may come in, by family: None is nobody, an empty tuple anybody. ``path`` is the list that says so."""

    path: str
    ipv4: tuple[IPv4Network, ...] | None = ()
    ipv6: tuple[IPv6Network, ...] | None = ()
    #: Each network that was written out, with its place.
    written: tuple[tuple[str, Network], ...] = ()


class Opening(NamedTuple):
    """A way in: a port, a range or a protocol. ``path`` is the row of ``ports``, or the profile."""

    path: str
    protocol: str
    public: Ports | None
    private: Ports | None
    sources: Sources


class Leaving(NamedTuple):
    """A way out; ``to`` is a network, a name that is still to be resolved, or None for anywhere."""

    path: str
    protocol: str
    to: Network | str | None
    ports: Ports | None


class ServiceRow(NamedTuple):
    """One service. ``host`` is None when only IPv6 or a whole ``network`` is meant; ``public`` when the first one is."""

    path: str
    name: str
    profile: str | None
    host: IPv4Address | None
    network: IPv4Network | None
    host6: IPv6Address | None
    public: IPv4Address | None
    mapping: str
    hairpin: bool
    sources: Sources
    openings: tuple[Opening, ...]
    leaving: tuple[Leaving, ...]
    #: Options of the profile that were given.
    options: tuple[str, ...] = ()


class PublicRow(NamedTuple):
    """A public address as written; ``presence`` and ``wan`` are None when they are to be found out."""

    path: str
    address: IPv4Address
    presence: str | None
    wan: str | None


class UserNetwork(NamedTuple):
    """Where people outside sit; ``kind`` is one of paths.places.CLASSES, ``addresses`` what it leaves with, as far as told."""

    path: str
    name: str
    kind: str
    addresses: tuple[IPv4Network, ...] = ()


@dataclass(frozen=True)
class RouterRow:
    """The router. ``publics`` is None when its own addresses are meant; ``whole`` names the lists read without fault."""

    wans: tuple[tuple[str, Wan], ...]
    lans: tuple[tuple[str, Lan], ...]
    publics: tuple[PublicRow, ...] | None
    management: tuple[tuple[str, Management], ...]
    masquerade: bool
    egress_policy: str
    foreign_firewalls: tuple[str, ...]
    whole: frozenset[str]

    def lan_of(self, address: IPv4Address) -> Lan | None:
        """Return the LAN that an address is in."""
        for _path, lan in self.lans:
            if address in lan.network:
                return lan
        return None

    def wan_of(self, address: IPv4Address) -> Wan | None:
        """Return the WAN that has an address in a network of its own."""
        for _path, wan in self.wans:
            if any(address in own.network for own in wan.addresses if own.version == 4):
                return wan
        return None


@dataclass(frozen=True)
class Intent:
    """All of it; ``names`` are those that the user has resolved by hand, ``lab`` that documentation addresses are meant."""

    router: RouterRow
    services: tuple[ServiceRow, ...]
    names: dict[str, tuple[IPv4Address | IPv6Address, ...]]
    lab: bool
    user_networks: tuple[UserNetwork, ...] = ()
