"""Names: what services may reach is pinned to addresses, because a packet filter sees nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Callable, Union

from ..intent.error import Problems
from .address_space import edge
from .model import Address, Network, Public
from .rows import Intent, Leaving, ServiceRow

#: Asks for the addresses of a name, as text or as addresses; raises OSError when there are none.
Resolve = Callable[[str], Iterable[Union[str, Address]]]
#: The addresses of each name, sorted.
Pinned = Mapping[str, tuple[Address, ...]]


def _ask(name: str, resolve: Resolve | None) -> tuple[Address, ...] | str:
    """Return the addresses of a name, or why there are none."""
    if resolve is None:
        return "there is nobody to ask"
    try:
        found = {ip_address(str(item)) for item in resolve(name)}
    except (OSError, ValueError) as error:
        return str(error) or "there is no answer"
    if not found:
        return "it has no address"
    for address in sorted(found, key=str):
        if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
            return f"the answer is {address}, which leads nowhere"
    return tuple(sorted(found, key=lambda address: (address.version, int(address))))


def pin(intent: Intent, resolve: Resolve | None, problems: Problems) -> Pinned:
    """Return the addresses of every name that a service wants to reach; each is asked once, those given by hand never."""
    pinned: dict[str, tuple[Address, ...]] = dict(intent.names)
    failed: dict[str, str] = {}
    for row in intent.services:
        for way in row.leaving:
            if not isinstance(way.to, str) or way.to in pinned:
                continue
            if way.to not in failed:
                found = _ask(way.to, resolve)
                if isinstance(found, tuple):
                    pinned[way.to] = found
                    continue
                failed[way.to] = found
            problems.add(way.path, f"{way.to} cannot be resolved: {failed[way.to]}; give its addresses in {problems.prefix}names")
    return pinned


def aims(way: Leaving, pinned: Pinned) -> Sequence[Network | None]:
    """Return the networks that a way out leads to, None for anywhere; nothing for a name that is not pinned."""
    if way.to is None or not isinstance(way.to, str):
        return (way.to,)
    return tuple(ip_network(address) for address in pinned.get(way.to, ()))


def _inside(network: Network, intent: Intent, publics: Sequence[tuple[str, Public]]) -> str | None:
    """Return why a network is not outside."""
    for _path, lan in intent.router.lans:
        for local in (lan.network, lan.network6):
            if local is not None and network.version == local.version and network.subnet_of(local):  # type: ignore[arg-type]
                return f"is in {local}, the network of {lan.interface}; egress is about what leaves the LANs"
    alone = network.network_address if network.prefixlen == network.max_prefixlen else None
    own: list[Address] = [public.address for _path, public in publics]
    own += [one.ip for _path, wan in intent.router.wans for one in wan.addresses]
    if alone in own:
        return "is the router itself; egress is about what leaves the LANs"
    for _path, wan in intent.router.wans:
        for one in wan.addresses:
            if alone is not None and alone in one.network and edge(alone, one.network):
                return f"is the {edge(alone, one.network)} address of {one.network}"
    return None


def _families(row: ServiceRow) -> tuple[int, ...]:
    return (4,) * (row.host is not None or row.network is not None) + (6,) * (row.host6 is not None)


def check_leaving(intent: Intent, publics: Sequence[tuple[str, Public]], pinned: Pinned, problems: Problems) -> None:
    """Note ways out that lead to the inside, or that none of the service's hosts has the family for."""
    reasons: dict[Network, str | None] = {}
    for row in intent.services:
        families = _families(row)
        for way in row.leaving:
            found = [network for network in aims(way, pinned) if network is not None]
            for network in found:
                if network not in reasons:
                    reasons[network] = _inside(network, intent, publics)
                if reasons[network] is not None:
                    name = f"{way.to}: " if isinstance(way.to, str) else ""
                    problems.add(way.path, f"{name}{network} {reasons[network]}")
            if families and found and not any(network.version in families for network in found):
                lacking = "host6" if families == (4,) else "host"
                what = (
                    f"{way.to} has IPv{found[0].version} addresses alone"
                    if isinstance(way.to, str)
                    else f"{way.to} is IPv{found[0].version}"
                )
                problems.add(way.path, f"{what}, and the service has no {lacking} that could reach it")
