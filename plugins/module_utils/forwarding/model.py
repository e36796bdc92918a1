"""The forwarding plan: what one router translates and lets pass, once the intent has been parsed and checked.

All of it is sorted and frozen; the same intent gives the same plan. Ports are inclusive, addresses never carry a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Union

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]
Interface = Union[IPv4Interface, IPv6Interface]

#: Protocols that have ports, and those that a router tells apart by their number alone.
WITH_PORTS = ("tcp", "udp")
WITHOUT_PORTS = ("ah", "esp", "gre")
#: How packets for a public address come to be at the router (presence).
PRESENCES = ("interface", "secondary", "proxy_arp", "routed")
MAPPINGS = ("port_forward", "one_to_one")
EGRESS_POLICIES = ("open", "restricted")


@dataclass(frozen=True, order=True)
class Ports:
    """Ports from ``first`` to ``last``, both among them, 1 to 65535."""

    first: int
    last: int

    @property
    def single(self) -> bool:
        """Whether it is one port."""
        return self.first == self.last

    def __str__(self) -> str:
        return str(self.first) if self.single else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Wan:
    """An interface towards the outside; ``addresses`` has at least one IPv4 address, the first is what the LAN leaves with."""

    interface: str
    addresses: tuple[Interface, ...]
    gateway: IPv4Address | None

    @property
    def address(self) -> IPv4Address:
        """The address that LAN hosts are seen with outside."""
        return next(one.ip for one in self.addresses if isinstance(one, IPv4Interface))


@dataclass(frozen=True)
class Lan:
    """An interface towards a local network; ``network6`` is there when the LAN has public IPv6 addresses."""

    interface: str
    address: IPv4Address
    network: IPv4Network
    address6: IPv6Address | None = None
    network6: IPv6Network | None = None


@dataclass(frozen=True)
class Public:
    """A public address that the plan uses, how it is present at the router, and the WAN interface that its packets come by."""

    address: IPv4Address
    presence: str
    wan: str


@dataclass(frozen=True)
class Management:
    """How the router itself stays reachable, from every side; ``sources`` empty means from anywhere."""

    protocol: str
    ports: Ports
    sources: tuple[Network, ...]


@dataclass(frozen=True)
class Forward:
    """One opening from outside to a host in a LAN.

    ``public_ports`` and ``private_ports`` are None for a protocol without ports; else they are of one length, and the same
    unless they are single. ``sources`` empty means from anywhere; they hold for who comes by a WAN alone. With ``hairpin``
    the LANs may use the public address as well.
    """

    service: str
    mapping: str
    protocol: str
    public: IPv4Address
    public_ports: Ports | None
    host: IPv4Address
    private_ports: Ports | None
    sources: tuple[IPv4Network, ...]
    hairpin: bool
    lan: str


@dataclass(frozen=True)
class OneToOne:
    """A host that leaves with a reserved public address of its own; what may come in on that address is in the forwards."""

    service: str
    public: IPv4Address
    host: IPv4Address
    lan: str


@dataclass(frozen=True)
class Egress:
    """What a host, or every host of a network, may send outside when egress is restricted.

    ``to`` is None for anywhere, ``name`` what the address was resolved from; ``ports`` is None for every port.
    """

    service: str
    source: Network
    protocol: str
    to: Network | None
    name: str | None
    ports: Ports | None
    lan: str


@dataclass(frozen=True)
class Pinhole:
    """An IPv6 opening: no translation, only a filter rule. ``ports`` is None for a protocol without ports."""

    service: str
    protocol: str
    host: IPv6Address
    ports: Ports | None
    sources: tuple[IPv6Network, ...]
    lan: str


@dataclass(frozen=True)
class Plan:
    """Everything that the renderings, the verdicts and the proof are made from."""

    wans: tuple[Wan, ...]
    lans: tuple[Lan, ...]
    publics: tuple[Public, ...]
    management: tuple[Management, ...]
    masquerade: bool
    egress_policy: str
    forwards: tuple[Forward, ...]
    one_to_one: tuple[OneToOne, ...]
    egress: tuple[Egress, ...]
    pinholes: tuple[Pinhole, ...]
    warnings: tuple[str, ...] = ()
