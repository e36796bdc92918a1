"""Check the router: that its interfaces can be what they are said to be, beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from ..intent.error import Problems
from .address_space import edge, not_public
from .model import Address, Lan, Management, Network, Wan
from .rows import RouterRow

#: The widest networks that are taken for a LAN.
_WIDEST = {4: 8, 6: 16}


def _interfaces(router: RouterRow, problems: Problems) -> None:
    first: dict[str, str] = {}
    named = [(path, wan.interface) for path, wan in router.wans] + [(path, lan.interface) for path, lan in router.lans]
    for path, name in named:
        if first.setdefault(name, path) != path:
            reason = f"{name} stands at {problems.prefix}{first[name]} already; an interface is one WAN or one LAN"
            problems.add(f"{path}.interface", reason)


def _own(router: RouterRow) -> Iterator[tuple[str, Address]]:
    """Yield every address of the router itself, with its place."""
    for path, wan in router.wans:
        for index, own in enumerate(wan.addresses):
            yield f"{path}.addresses[{index}]", own.ip
    for path, lan in router.lans:
        yield f"{path}.address", lan.address
        if lan.address6 is not None:
            yield f"{path}.address6", lan.address6


def _addresses(router: RouterRow, problems: Problems) -> None:
    first: dict[Address, str] = {}
    for path, address in _own(router):
        if address.is_loopback or address.is_multicast or address.is_unspecified or int(address) == 2**32 - 1:
            problems.add(path, f"{address} cannot be the address of an interface")
        if first.setdefault(address, path) != path:
            problems.add(path, f"{address} stands at {problems.prefix}{first[address]} already")


def _wan(path: str, wan: Wan, problems: Problems) -> None:
    for index, own in enumerate(wan.addresses):
        side = edge(own.ip, own.network)
        if side:
            problems.add(f"{path}.addresses[{index}]", f"{own.ip} is the {side} address of {own.network}")
    own4 = [own for own in wan.addresses if isinstance(own, IPv4Interface)]
    gateway = wan.gateway
    if gateway is None:
        return
    # a line with a single address (PPP) has its gateway wherever the provider wants it
    if not any(gateway in own.network or own.network.prefixlen == 32 for own in own4):
        networks = ", ".join(str(own.network) for own in own4)
        problems.add(f"{path}.gateway", f"{gateway} is outside the networks of {wan.interface} ({networks})")
    elif any(gateway == own.ip for own in own4):
        problems.add(f"{path}.gateway", f"{gateway} is the router's own address; the gateway is the provider's")
    for own in own4:
        side = edge(gateway, own.network)
        if side and gateway in own.network:
            problems.add(f"{path}.gateway", f"{gateway} is the {side} address of {own.network}")


def _lan_address(path: str, address: Address, network: Network, key: str, problems: Problems) -> None:
    if network.prefixlen < _WIDEST[network.version]:
        problems.add(f"{path}.{key}", f"{network} is wider than any LAN; name the network that is in use")
    if address not in network:
        problems.add(f"{path}.{key.replace('network', 'address')}", f"{address} is outside its network {network}")
        return
    side = edge(address, network)
    if side:
        problems.add(f"{path}.address", f"{address} is the {side} address of {network}, which no interface can have")


def _lan(path: str, lan: Lan, problems: Problems) -> None:
    _lan_address(path, lan.address, lan.network, "network", problems)
    if (lan.address6 is None) != (lan.network6 is None):
        there, missing = ("address6", "network6") if lan.network6 is None else ("network6", "address6")
        if missing == "network6":
            problems.add(f"{path}.{missing}", f"is missing; {there} needs it beside")
    if lan.address6 is not None and lan.network6 is not None:
        _lan_address(path, lan.address6, lan.network6, "network6", problems)


def _networks(router: RouterRow) -> Iterator[tuple[str, Network, str]]:
    """Yield the networks of every interface, and the row of the interface; those that are too wide have their own fault."""
    for path, wan in router.wans:
        for index, own in enumerate(wan.addresses):
            if isinstance(own, (IPv4Interface, IPv6Interface)):
                yield f"{path}.addresses[{index}]", own.network, path
    for path, lan in router.lans:
        for key, network in (("network", lan.network), ("network6", lan.network6)):
            if network is not None and network.prefixlen >= _WIDEST[network.version]:
                yield f"{path}.{key}", network, path


def _overlaps(router: RouterRow, problems: Problems) -> None:
    """A packet must have one way only: no network is behind two interfaces."""
    seen: dict[int, list[tuple[int, int, str, Network, str]]] = {4: [], 6: []}
    for path, network, owner in _networks(router):
        first = int(network.network_address)
        seen[network.version].append((first, first + network.num_addresses - 1, path, network, owner))
    for ranges in seen.values():
        ranges.sort(key=lambda row: row[:3])
        # networks nest or are apart, so what an address range overlaps is open on the stack
        stack: list[tuple[int, int, str, Network, str]] = []
        for row in ranges:
            while stack and stack[-1][1] < row[0]:
                stack.pop()
            for other in stack:
                if row[4] != other[4]:
                    later, earlier = (other, row) if row[4].startswith("router.wan") else (row, other)
                    problems.add(later[2], f"{later[3]} overlaps {earlier[3]} of {problems.prefix}{earlier[2]}")
            stack.append(row)


def _management(router: RouterRow, problems: Problems) -> None:
    """Each port stands in one row, so that one list says who may come to it."""
    seen: list[tuple[str, Management]] = []
    for path, row in router.management:
        for place, other in seen:
            if row.protocol == other.protocol and row.ports.first <= other.ports.last and other.ports.first <= row.ports.last:
                where = f"{other.protocol} {other.ports} of {problems.prefix}{place}"
                problems.add(
                    f"{path}.ports", f"{row.protocol} {row.ports} overlaps {where}; write it once, with the sources of both"
                )
                break
        seen.append((path, row))


def unfit(address: IPv4Address) -> str | None:
    """Return why packets from the internet cannot be addressed to ``address``, with what to do; None when they can."""
    reason = not_public(address)
    return None if reason is None else f"{address} {reason}, so nothing from outside can be addressed to it"


def check_router(router: RouterRow, problems: Problems) -> None:
    """Note everything in ``problems`` that the interfaces of the router do to each other."""
    for rule in (_interfaces, _addresses, _overlaps, _management):
        rule(router, problems)
    for path, wan in router.wans:
        _wan(path, wan, problems)
    for path, lan in router.lans:
        _lan(path, lan, problems)
