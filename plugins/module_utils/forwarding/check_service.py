"""Check each service: that its host is where it says, that outside and inside speak one family, that names lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

from ..intent.error import Problems
from .address_space import edge, not_public
from .check_router import unfit
from .model import Lan, Public
from .profiles import PROFILES
from .rows import Intent, RouterRow, ServiceRow

Publics = Sequence[tuple[str, Public]]


def _names(intent: Intent, problems: Problems) -> None:
    first: dict[str, str] = {}
    for row in intent.services:
        if row.name and first.setdefault(row.name, row.path) != row.path:
            problems.add(f"{row.path}.name", f"{row.name} is the name of {problems.prefix}{first[row.name]} already")


def _host(row: ServiceRow, router: RouterRow, own: dict[IPv4Address, str], problems: Problems) -> None:
    """A host is in a LAN and is neither the router nor an edge of the network."""
    path = f"{row.path}.host"
    if row.network is not None:
        _network(row, router, problems)
    if row.host is None:
        return
    if row.host in own:
        problems.add(path, f"{row.host} is the router itself ({problems.prefix}{own[row.host]}); a forward leads to another host")
        return
    lan = router.lan_of(row.host)
    if lan is None:
        if "lan" in router.whole:
            networks = ", ".join(str(lan.network) for _path, lan in router.lans)
            problems.add(path, f"{row.host} is outside every LAN ({networks})")
        return
    side = edge(row.host, lan.network)
    if side:
        problems.add(path, f"{row.host} is the {side} address of {lan.network}, which no host can have")


def _network(row: ServiceRow, router: RouterRow, problems: Problems) -> None:
    network, path = row.network, f"{row.path}.host"
    if network is None:
        return
    if "lan" in router.whole and not any(network.subnet_of(lan.network) for _path, lan in router.lans):
        networks = ", ".join(str(lan.network) for _path, lan in router.lans)
        problems.add(path, f"{network} is outside every LAN ({networks})")
    if row.openings:
        problems.add(path, f"{network} is a network; what comes in needs one host")
    elif row.mapping == "one_to_one":
        problems.add(path, f"{network} is a network; a reserved address belongs to one host")


def lan6_of(row: ServiceRow, router: RouterRow) -> Lan | None:
    """Return the LAN of a service's IPv6 host: the one whose network6 has it; when no LAN has any, the LAN of its IPv4 host."""
    if row.host6 is None:
        return None
    for _path, lan in router.lans:
        if lan.network6 is not None and row.host6 in lan.network6:
            return lan
    if any(lan.network6 is not None for _path, lan in router.lans):
        return None
    if row.host is not None:
        return router.lan_of(row.host)
    return router.lans[0][1] if len(router.lans) == 1 else None


def _host6(row: ServiceRow, router: RouterRow, problems: Problems) -> None:
    host6, path = row.host6, f"{row.path}.host6"
    if host6 is None:
        return
    reason = not_public(host6)
    lan = lan6_of(row, router)
    if row.profile is not None and PROFILES[row.profile].ipv4_only:
        problems.add(path, f"{row.profile} speaks IPv4 alone; leave it out")
    if reason is not None:
        problems.add(path, f"{host6} {reason}, so nothing from outside can be addressed to it")
    elif any(host6 == lan.address6 for _path, lan in router.lans) or _on_wan(host6, router):
        problems.add(path, f"{host6} is the router itself")
    elif lan is None and "lan" in router.whole and (row.host is None or router.lan_of(row.host) is not None):
        problems.add(path, f"{host6} is in the network6 of no LAN")
    elif lan is not None and lan.network6 is not None and host6 == lan.network6.network_address and lan.network6.prefixlen < 127:
        problems.add(path, f"{host6} is the address that every router of {lan.network6} answers to (RFC 4291)")


def _behind(row: ServiceRow, problems: Problems) -> None:
    """Refuse ah over IPv6: there it is no protocol but a header that the filter looks past, at what it protects (RFC 8200)."""
    if row.host6 is not None:
        paths = [one.path for one in row.openings if one.protocol == "ah"]
        paths += [one.path.rpartition(".to")[0] for one in row.leaving if one.protocol == "ah"]
        for path in dict.fromkeys(paths):
            reason = "cannot be told apart in IPv6, where a filter looks at what is behind it; open that, or leave host6 out"
            problems.add(f"{path}.protocol", f"ah {reason}")


def _on_wan(host6: IPv6Address, router: RouterRow) -> bool:
    return any(host6 == own.ip for _path, wan in router.wans for own in wan.addresses)


def _sources(row: ServiceRow, router: RouterRow, own: dict[IPv4Address, str], problems: Problems) -> None:
    """Sources are outside, and each family that the service has knows somebody who may come in."""
    for sources in dict.fromkeys((row.sources, *(opening.sources for opening in row.openings))):
        for place, network in sources.written:
            if network.version == 6:
                if row.host6 is None:
                    problems.add(place, f"{network} is IPv6, and the service has no host6 that it could reach")
                continue
            inside = [lan for _path, lan in router.lans if network.subnet_of(lan.network)]
            if inside:
                reason = f"{network} is in {inside[0].network}, a LAN; sources are about who comes from outside"
                problems.add(place, reason)
            elif network.prefixlen == 32 and network.network_address in own:
                problems.add(place, f"{network.network_address} is the router itself, and nobody comes from there")
        if row.openings and sources.written:
            if sources.ipv4 is None and row.host is not None:
                problems.add(sources.path, "names no IPv4 network, so nobody could come in to host; add one or leave host out")
            if sources.ipv6 is None and row.host6 is not None:
                problems.add(sources.path, "names no IPv6 network, so nobody could come in to host6; add one or leave host6 out")


def _public(row: ServiceRow, intent: Intent, publics: Publics, known: dict[IPv4Address, str], problems: Problems) -> None:
    """What is forwarded is forwarded from an address that packets come to the router for."""
    path = f"{row.path}.public_address"
    if row.public is not None:
        reason = unfit(row.public)
        if reason is not None:
            problems.add(path, reason)
        elif row.public not in known and "public" in intent.router.whole and "wan" in intent.router.whole:
            problems.add(path, f"{row.public} is none of the router's public addresses; add it to {problems.prefix}router.public")
    elif row.mapping == "one_to_one":
        problems.add(path, "is missing; one_to_one needs a reserved address of the host's own")
    elif row.host is not None and row.openings and not publics and intent.router.publics is None and "wan" in intent.router.whole:
        address = intent.router.wans[0][1].address
        problems.add(
            path, f"there is none: {unfit(address)}; forward at the router before this one, or add {problems.prefix}router.public"
        )
    elif row.host is not None and row.openings and intent.router.publics == () and "public" in intent.router.whole:
        problems.add(path, f"there is none; {problems.prefix}router.public is empty")


def check_services(intent: Intent, publics: Publics, problems: Problems) -> None:
    """Note everything in ``problems`` that a service gets wrong about the router."""
    router = intent.router
    own = {lan.address: f"{path}.address" for path, lan in router.lans}
    for path, wan in router.wans:
        for index, one in enumerate(wan.addresses):
            if isinstance(one.ip, IPv4Address):
                own[one.ip] = f"{path}.addresses[{index}]"
    known = {public.address: path for path, public in publics}
    for path, public in publics:
        own.setdefault(public.address, path)
    _names(intent, problems)
    for row in intent.services:
        _host(row, router, own, problems)
        _host6(row, router, problems)
        _behind(row, problems)
        _sources(row, router, own, problems)
        _public(row, intent, publics, known, problems)
