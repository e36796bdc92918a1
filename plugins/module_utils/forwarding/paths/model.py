"""The paths of calls: where people sit, how the relay is reached, and how two of them come together."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

#: How a client may talk to the relay, the best first: a browser prefers them in this order.
TRANSPORTS = ("udp", "tcp", "tls")
DIRECT, RELAY, NONE = "direct", "relay", "none"


@dataclass(frozen=True)
class Door:
    """A way to the relay from outside; ``sources`` empty means from anywhere."""

    transport: str
    public: IPv4Address
    port: int
    sources: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Side:
    """One end of a call.

    ``udp`` says whether UDP leaves to anywhere. ``known`` whether the other end is told the address and port that this one is
    seen with outside, ``stable`` whether these are the same for every peer (RFC 4787: endpoint-independent mapping), ``filtered``
    whether nothing comes in but from an address and port that was sent to. ``door`` is how it reaches the relay, if at all;
    ``lan`` the interface of a LAN of our own router.
    """

    name: str
    udp: bool
    known: bool
    stable: bool
    filtered: bool
    door: Door | None
    lan: bool = False


@dataclass(frozen=True)
class Path:
    """How two ends come together; the transports are those that reach the relay, empty when it is not needed."""

    first: str
    second: str
    way: str
    first_transport: str
    second_transport: str
    because: str
