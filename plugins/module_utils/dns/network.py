"""Reverse zones: the zones that hold the pointers of a network, cut where DNS can cut (RFC 1035 3.5, RFC 3596 2.5)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Union

from .name import Name
from .record import Address

Network = Union[IPv4Network, IPv6Network]

#: A label is this many bits: a byte in in-addr.arpa, a nibble in ip6.arpa.
_LABEL_BITS = {4: 8, 6: 4}
#: A zone holds at least two labels' worth less than an address: /24 at most, and /124.
_LONGEST = {4: 24, 6: 124}
#: The widest network that is taken for a site's own.
WIDEST = {4: 8, 6: 16}


def pointer_name(address: Address) -> Name:
    """Return the name that holds the PTR of an address."""
    return Name.parse(address.reverse_pointer)


def cuts(network: Network) -> tuple[Network, ...]:
    """Return the networks at label boundaries that together cover ``network``: /22 is four /24; /28 lies in one /24."""
    bits = _LABEL_BITS[network.version]
    length = -(-network.prefixlen // bits) * bits
    if length > _LONGEST[network.version]:
        return (network.supernet(new_prefix=_LONGEST[network.version]),)
    return tuple(network.subnets(new_prefix=length))


def _zone_name(network: Network) -> Name:
    spare = (network.max_prefixlen - network.prefixlen) // _LABEL_BITS[network.version]
    return Name(pointer_name(network.network_address).labels[spare:])


def reverse_zones(networks: Iterable[Network]) -> tuple[Name, ...]:
    """Return the names of the reverse zones for ``networks``, sorted; a network inside another needs none of its own."""
    given = list(networks)
    names: set[Name] = set()
    merged: list[Network] = [
        *collapse_addresses(net for net in given if isinstance(net, IPv4Network)),
        *collapse_addresses(net for net in given if isinstance(net, IPv6Network)),
    ]
    for network in merged:
        names.update(_zone_name(cut) for cut in cuts(network))
    outer = [name for name in names if not any(name != other and name.under(other) for other in names)]
    return tuple(sorted(outer, key=lambda name: name.order))
