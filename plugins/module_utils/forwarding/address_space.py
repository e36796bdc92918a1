"""What the ranges of the address space are for (IANA special-purpose registries, RFC 6890), as far as a forwarding plan cares."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, ip_network

from .model import Address, Network

#: Ranges that no packet from the internet is addressed to.
_NOT_PUBLIC: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(prefix), words)
    for prefix, words in (
        ("0.0.0.0/8", "is no address of a host (RFC 1122)"),
        ("10.0.0.0/8", "is private (RFC 1918)"),
        ("100.64.0.0/10", "is shared by the customers of a provider (CGNAT, RFC 6598)"),
        ("127.0.0.0/8", "is loopback"),
        ("169.254.0.0/16", "is link-local (RFC 3927)"),
        ("172.16.0.0/12", "is private (RFC 1918)"),
        ("192.0.0.0/24", "is reserved for protocols (RFC 6890)"),
        ("192.168.0.0/16", "is private (RFC 1918)"),
        ("224.0.0.0/4", "is multicast"),
        ("240.0.0.0/4", "is reserved (RFC 1112)"),
        ("::/8", "is no address of a host"),
        ("fc00::/7", "is unique local (RFC 4193)"),
        ("fe80::/10", "is link-local"),
        ("ff00::/8", "is multicast"),
    )
)
#: Ranges that nobody routes, for papers and measurements; they are fine in a lab.
_EXAMPLES: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(prefix), words)
    for prefix, words in (
        ("192.0.2.0/24", "documentation (RFC 5737)"),
        ("198.18.0.0/15", "benchmarks (RFC 2544)"),
        ("198.51.100.0/24", "documentation (RFC 5737)"),
        ("203.0.113.0/24", "documentation (RFC 5737)"),
        ("2001:db8::/32", "documentation (RFC 3849)"),
        ("3fff::/20", "documentation (RFC 9637)"),
    )
)


@lru_cache(maxsize=4096)
def not_public(address: Address) -> str | None:
    """Return why an address cannot be reached from the internet (``is private (RFC 1918)``), or None when it can."""
    return next((words for network, words in _NOT_PUBLIC if address.version == network.version and address in network), None)


@lru_cache(maxsize=4096)
def example_range(address: Address) -> str | None:
    """Return what an address is set aside for (``documentation (RFC 5737)``), or None."""
    return next((words for network, words in _EXAMPLES if address.version == network.version and address in network), None)


def edge(address: Address, network: Network) -> str | None:
    """Return ``network`` or ``broadcast`` when an IPv4 address is that of its network, which no host can have; else None."""
    if not isinstance(address, IPv4Address) or network.prefixlen > 30:
        return None
    if address == network.network_address:
        return "network"
    return "broadcast" if address == network.broadcast_address else None
