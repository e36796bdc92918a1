"""What both rule languages look up: source lists, pinholes, egress and management, grouped and made free of overlaps."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from typing import NamedTuple

from ..model import Egress, Forward, Network, Plan, Ports

#: The first line of every rendering.
HEADING = "# Rendered by onprem.chat.forwarding_plan; changes are lost."

#: ICMP that a router needs to hear from outside, by the names that nft and iptables share (RFC 1122, RFC 4890).
ICMP = ("echo-request", "destination-unreachable", "time-exceeded", "parameter-problem")

#: DHCP replies to a client on a WAN, as (server port, client port): DHCPv4 and DHCPv6 (RFC 2131, RFC 8415).
DHCP = ((67, 68), (547, 546))

Sources = tuple[Network, ...]


class Texts(dict[IPv4Address, str]):
    """Addresses as texts, each made once: of 10,000 forwards few are to different ones."""

    def __missing__(self, address: IPv4Address) -> str:
        """Make a new one."""
        return self.setdefault(address, str(address))


class Row(NamedTuple):
    """One destination that may be reached: ``to`` None is anywhere, ``ports`` empty is every port; else sorted and apart."""

    protocol: str
    to: Network | None
    ports: tuple[Ports, ...]


class Opening(NamedTuple):
    """One pinhole key with everybody who may use it; ``sources`` empty is everybody."""

    host: IPv6Address
    protocol: str
    ports: Ports | None
    sources: tuple[IPv6Network, ...]


def sources4(networks: Iterable[Network]) -> tuple[IPv4Network, ...]:
    """Return the IPv4 networks of a list, sorted, none inside another."""
    return tuple(collapse_addresses(one for one in networks if isinstance(one, IPv4Network)))


def sources6(networks: Iterable[Network]) -> tuple[IPv6Network, ...]:
    """Return the IPv6 networks of a list, sorted, none inside another."""
    return tuple(collapse_addresses(one for one in networks if isinstance(one, IPv6Network)))


def is_everywhere(networks: Iterable[Network]) -> bool:
    """Whether the networks hold all addresses of their family."""
    return any(one.prefixlen == 0 for one in networks)


def restricted(plan: Plan) -> list[tuple[Forward, tuple[IPv4Network, ...]]]:
    """Return the forwards that not everybody outside may use, each with its sources."""
    known: dict[tuple[IPv4Network, ...], tuple[IPv4Network, ...]] = {(): ()}
    answer = []
    for one in plan.forwards:
        if one.sources not in known:
            networks = sources4(one.sources)
            known[one.sources] = () if is_everywhere(networks) else networks
        if known[one.sources]:
            answer.append((one, known[one.sources]))
    return answer


def openings(plan: Plan) -> list[Opening]:
    """Return the pinholes, those of one host, protocol and ports made into one."""
    merged: dict[tuple[IPv6Address, str, Ports | None], list[tuple[IPv6Network, ...]]] = {}
    for one in plan.pinholes:
        merged.setdefault((one.host, one.protocol, one.ports), []).append(one.sources)
    answer = []
    for (host, protocol, ports), lists in merged.items():
        networks = () if not all(lists) else sources6(network for one in lists for network in one)
        answer.append(Opening(host, protocol, ports, () if is_everywhere(networks) else networks))
    return answer


def number(lists: Iterable[Sources]) -> dict[Sources, int]:
    """Return a number for each distinct list of sources, from 1, in the order of the networks."""
    distinct = sorted(set(lists), key=lambda one: [(net.version, int(net.network_address), net.prefixlen) for net in one])
    return {one: index for index, one in enumerate(distinct, 1)}


def egress(plan: Plan, version: int) -> dict[tuple[Row, ...], list[Network]]:
    """Return, for one IP version, what may leave the LAN and which sources share it.

    Sources are hosts (a prefix of full length) and networks; a host in one of the networks may do what either says.
    """
    by_source: dict[Network, list[Egress]] = {}
    for one in plan.egress:
        if one.source.version == version and (one.to is None or one.to.version == version):
            by_source.setdefault(one.source, []).append(one)
    groups: dict[tuple[Row, ...], list[Network]] = {}
    for source in sorted(by_source, key=lambda net: (int(net.network_address), net.prefixlen)):
        groups.setdefault(_rows(by_source[source]), []).append(source)
    return groups


def is_host(network: Network) -> bool:
    """Whether a network is one address."""
    return network.prefixlen == network.max_prefixlen


def _rows(egress: Iterable[Egress]) -> tuple[Row, ...]:
    ports: dict[tuple[str, Network | None], set[Ports | None]] = {}
    for one in egress:
        to = None if one.to is None or one.to.prefixlen == 0 else one.to
        ports.setdefault((one.protocol, to), set()).add(one.ports)

    def order(key: tuple[str, Network | None]) -> tuple[str, int, int]:
        return key[0], -1 if key[1] is None else int(key[1].network_address), 0 if key[1] is None else key[1].prefixlen

    rows = []
    for key in sorted(ports, key=order):
        several = [one for one in ports[key] if one is not None]
        rows.append(Row(*key, merge(several) if len(several) == len(ports[key]) else ()))
    return tuple(rows)


def merge(ports: Iterable[Ports]) -> tuple[Ports, ...]:
    """Return the same ports, sorted, those that touch or overlap made into one."""
    merged: list[Ports] = []
    for one in sorted(ports):
        if merged and one.first <= merged[-1].last + 1:
            merged[-1] = Ports(merged[-1].first, max(merged[-1].last, one.last))
        else:
            merged.append(one)
    return tuple(merged)


def foreign_publics(plan: Plan) -> list[IPv4Address]:
    """Return the public addresses that no interface of the router has: untranslated they would go back to the provider."""
    return sorted(one.address for one in plan.publics if one.presence in ("proxy_arp", "routed"))


def port_order(ports: Ports | None) -> tuple[int, int]:
    """A sort key for ports, None first."""
    return (0, 0) if ports is None else (ports.first, ports.last)
