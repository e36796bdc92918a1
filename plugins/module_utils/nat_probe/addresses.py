"""What kind of address an address is; the words of the special-purpose registries, and nothing between them."""

from __future__ import annotations

import ipaddress
from typing import Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

PUBLIC = "public"
PRIVATE = "private"
SHARED = "shared"
DOCUMENTATION = "documentation"
LOOPBACK = "loopback"
LINK_LOCAL = "link-local"
UNIQUE_LOCAL = "unique-local"
MULTICAST = "multicast"
RESERVED = "reserved"
CLASSES = (PUBLIC, PRIVATE, SHARED, DOCUMENTATION, LOOPBACK, LINK_LOCAL, UNIQUE_LOCAL, MULTICAST, RESERVED)

#: What somebody outside could send a packet to; documentation addresses stand for public ones in labs and examples.
OUTSIDE = (PUBLIC, DOCUMENTATION)
#: What ends at the next address translation.
BEHIND = (PRIVATE, SHARED)

# Written out, because the notions of Python's ipaddress differ from release to release. Sources: the IANA registries of
# special-purpose addresses (RFC 6890), and the RFCs named. The first network that holds an address decides.
_TABLE = tuple(
    (kind, tuple(ipaddress.ip_network(one) for one in networks.split()))
    for kind, networks in (
        (LOOPBACK, "127.0.0.0/8 ::1/128"),
        (LINK_LOCAL, "169.254.0.0/16 fe80::/10"),  # RFC 3927, RFC 4291
        (PRIVATE, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"),  # RFC 1918
        (SHARED, "100.64.0.0/10"),  # RFC 6598: carrier-grade NAT
        (DOCUMENTATION, "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"),  # RFC 5737, 3849, 9637
        (UNIQUE_LOCAL, "fc00::/7"),  # RFC 4193
        (MULTICAST, "224.0.0.0/4 ff00::/8"),
        # PCP anycast, AMT and AS112, which are open to all in the middle of what is not
        (PUBLIC, "192.0.0.9/32 192.0.0.10/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 2001:4:112::/48"),
        (RESERVED, "0.0.0.0/8 192.0.0.0/24 198.18.0.0/15 240.0.0.0/4"),
        (RESERVED, "2001::/23 2002::/16"),  # Teredo, ORCHID, benchmarks; 6to4
        (PUBLIC, "0.0.0.0/0 2000::/3 64:ff9b::/96"),
        (RESERVED, "::/0"),
    )
)


def address(text: str) -> Address:
    """The address of a text, without its zone and with an IPv4 address out of its IPv6 mapping. Raises ValueError."""
    found = ipaddress.ip_address(str(text).partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def classify(text: str) -> str:
    """Which of CLASSES an address belongs to. Raises ValueError."""
    one = address(text)
    return next(kind for kind, networks in _TABLE for network in networks if one in network)
