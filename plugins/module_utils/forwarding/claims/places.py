"""Addresses to ask from: somebody far away, a neighbour on a WAN's own network, a client in a LAN, one inside given sources.

They are chosen so that nobody of the plan has them, and always the same for the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from ..model import Address, Lan, Network, Plan, Wan

Span = tuple[int, int]

#: No packet on a wire comes from there (RFC 6890).
_NOWHERE = {
    4: ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"),
    6: ("::/8", "fe80::/10", "ff00::/8"),
}
#: Asked in this order for an address far from the site: documentation, shared and benchmark ranges (RFC 5737, 6598, 2544, 3849).
_FAR = {
    4: ("198.51.100.77", "203.0.113.77", "192.0.2.77", "100.127.255.77", "198.19.255.77"),
    6: ("2001:db8:ffff::77", "3fff:fff:ffff::77", "2001:2::77"),
}
#: How far up a large IPv6 network is looked for a free address; its top is reserved (RFC 2526).
_REACH6 = 0x7777


def span(network: Network) -> Span:
    """Return the first and the last address of a network as numbers."""
    return int(network.network_address), int(network.broadcast_address)


def usable(network: Network) -> Span:
    """Return the first and the last address of a network that a host can have, as numbers."""
    first, last = span(network)
    if network.max_prefixlen - network.prefixlen < 2:
        return first, last
    return first + 1, last - 1 if network.version == 4 else min(last, first + _REACH6)


def highest(within: Span, barred: Sequence[Span], taken: AbstractSet[int]) -> int | None:
    """Return the highest number of a span that is in no barred span and not taken."""
    at = within[1]
    while at >= within[0]:
        wall = next((one for one in barred if one[0] <= at <= one[1]), None)
        if wall:
            at = wall[0] - 1
        elif at in taken:
            at -= 1
        else:
            return at
    return None


def _text(version: int, number: int | None) -> str | None:
    if number is None:
        return None
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))


class Places:
    """The addresses that the questions about one plan are asked from and to, as text; None where there is none."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._taken: dict[int, set[int]] = {4: set(), 6: set()}
        for address in self._used():
            self._taken[address.version].add(int(address))
        own: list[Address] = [address.ip for wan in plan.wans for address in wan.addresses]
        own += [public.address for public in plan.publics]
        own += [address for lan in plan.lans for address in (lan.address, lan.address6) if address]
        self._own = {version: {int(address) for address in own if address.version == version} for version in (4, 6)}
        lans: list[Network] = [lan.network for lan in plan.lans]
        lans += [lan.network6 for lan in plan.lans if lan.network6]
        self._nowhere = {version: [span(ip_network(text)) for text in _NOWHERE[version]] for version in (4, 6)}
        self._lans = {version: [span(one) for one in lans if one.version == version] for version in (4, 6)}
        wans = [address.network for wan in plan.wans for address in wan.addresses]
        self._wans = {version: [span(one) for one in wans if one.version == version] for version in (4, 6)}
        #: The WAN that the default route of the router leads out by, and the one that IPv6 comes and goes by.
        self.main = next((wan for wan in plan.wans if wan.gateway), plan.wans[0])
        dual = [wan for wan in (self.main, *plan.wans) if any(address.version == 6 for address in wan.addresses)]
        self.default = {4: self.main, 6: dual[0] if dual else self.main}
        self._inside: dict[tuple[Network, str], str | None] = {}
        self._outside: dict[tuple[tuple[Network, ...], int], str | None] = {}
        self._clients = {(lan, version): self._client(lan, version) for lan in plan.lans for version in (4, 6)}
        self._neighbours = {(wan.interface, version): self._neighbour(wan, version) for wan in plan.wans for version in (4, 6)}
        self._far = {version: self._away((), version) for version in (4, 6)}

    def _used(self) -> Iterable[Address]:
        """Yield every address that the plan knows as somebody's."""
        plan = self._plan
        for wan in plan.wans:
            yield from (address.ip for address in wan.addresses)
            if wan.gateway:
                yield wan.gateway
        for lan in plan.lans:
            yield lan.address
            if lan.address6:
                yield lan.address6
        yield from (public.address for public in plan.publics)
        yield from {forward.host for forward in plan.forwards}
        yield from {one.host for one in plan.one_to_one}
        yield from {pinhole.host for pinhole in plan.pinholes}
        for row in plan.egress:
            yield from (network.network_address for network in (row.source, row.to) if network and network.num_addresses == 1)

    def _client(self, lan: Lan, version: int) -> str | None:
        network: Network | None = lan.network if version == 4 else lan.network6
        return _text(version, highest(usable(network), (), self._taken[version])) if network else None

    def _neighbour(self, wan: Wan, version: int) -> str | None:
        for address in wan.addresses:
            if address.version == version:
                found = highest(usable(address.network), self._lans[version], self._taken[version])
                if found is not None:
                    return _text(version, found)
        gateway = wan.gateway
        own = any(gateway in address.network for address in wan.addresses if address.version == 4) if gateway else False
        return str(gateway) if own and version == 4 else None

    def _away(self, sources: tuple[Network, ...], version: int) -> str | None:
        """Return an address that is in none of ``sources`` and in no network of the site."""
        barred = [*self._nowhere[version], *self._lans[version], *self._wans[version]]
        barred += [span(network) for network in sources if network.version == version]
        beside = [one + step for first, last in barred for one, step in ((first, -1), (last, 1))]
        for number in [*(int(ip_address(text)) for text in _FAR[version]), *beside]:
            if 0 < number < 2 ** (32 if version == 4 else 128) and highest((number, number), barred, self._taken[version]):
                return _text(version, number)
        return None

    def client(self, lan: Lan, version: int = 4) -> str | None:
        """Return an address of a LAN that is nobody's."""
        return self._clients[lan, version]

    def neighbour(self, wan: Wan, version: int = 4) -> str | None:
        """Return an address on the network of a WAN that is not ours; only from there a private address can be asked."""
        return self._neighbours[wan.interface, version]

    def far(self, version: int = 4) -> str | None:
        """Return an address beyond the providers."""
        return self._far[version]

    def outside(self, wan: Wan, version: int = 4) -> str | None:
        """Return who asks by a WAN: somebody far away, or a neighbour where the router's default route is another.

        The plan renders no policy routing, so an answer to somebody far away leaves by the default route.
        """
        return self.far(version) if wan == self.default[version] else self.neighbour(wan, version) or self.far(version)

    def inside(self, network: Network, wan: Wan) -> str | None:
        """Return an address of a network that may come by a WAN: none of ours, in no LAN and no neighbour on another WAN."""
        key = network, wan.interface
        if key not in self._inside:
            version = network.version
            others = (address.network for other in self._plan.wans if other != wan for address in other.addresses)
            barred = [*self._nowhere[version], *self._lans[version], *(span(one) for one in others if one.version == version)]
            taken = self._own if network.num_addresses == 1 else self._taken
            self._inside[key] = _text(version, highest(usable(network), barred, taken[version]))
        return self._inside[key]

    def local(self, network: Network, lan: Lan) -> str | None:
        """Return an address that is both in a network and in a LAN, and not the router's; one that is nobody's if there is."""
        home: Network | None = lan.network if network.version == 4 else lan.network6
        if home is None or not home.overlaps(network):
            return None
        smaller = network if network.prefixlen > home.prefixlen else home
        (low, high), (first, last) = usable(home), span(smaller)
        within = max(low, first), min(high, last)
        found = highest(within, (), self._taken[network.version])
        return _text(network.version, highest(within, (), self._own[network.version]) if found is None else found)

    def elsewhere(self, sources: tuple[Network, ...], version: int) -> str | None:
        """Return an address that is in none of ``sources`` and may come by a WAN; None when they are everything."""
        key = (sources, version)
        if key not in self._outside:
            self._outside[key] = self._away(sources, version)
        return self._outside[key]
