# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a relay must not lead to, as sets of IPv4 networks that do not overlap.

IPv6 is not among them: the relay lends IPv4 addresses alone, so a peer of IPv6 in any form (mapped, 6to4, Teredo, NAT64)
is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from .model import Relay

#: Whatever is declared: this host, its link with the metadata addresses of clouds (169.254.169.254), groups, and what is
#: nobody's (RFC 6890, RFC 3927, RFC 5771, RFC 1112).
NEVER = tuple(IPv4Network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
#: Networks that are somebody's own, unless they are declared (RFC 1918, RFC 6598, RFC 6890, RFC 7526, RFC 2544). The three
#: networks of examples (RFC 5737) are not among them: they lead nowhere, and examples are tried with them.
PRIVATE = tuple(
    IPv4Network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
    )
)


def refused(relay: Relay) -> tuple[IPv4Network, ...]:
    """Networks that it refuses, but for those in L(excepted)."""
    return tuple(collapse_addresses((*NEVER, *PRIVATE, *relay.networks, *relay.denied)))


def excepted(relay: Relay) -> tuple[IPv4Network, ...]:
    """What is declared and not refused after all. Its own address is another matter: see C(plan)."""
    return without(relay.allowed, (*NEVER, *relay.denied))


def without(networks: Iterable[IPv4Network], others: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """C(networks) less C(others)."""
    left = list(collapse_addresses(networks))
    for other in collapse_addresses(others):
        left = [part for network in left for part in _less(network, other)]
    return tuple(collapse_addresses(left))


def _less(network: IPv4Network, other: IPv4Network) -> list[IPv4Network]:
    if not network.overlaps(other):
        return [network]
    return list(network.address_exclude(other)) if other.subnet_of(network) else []


def holds(networks: Iterable[IPv4Network], address: IPv4Address) -> bool:
    return any(address in network for network in networks)
