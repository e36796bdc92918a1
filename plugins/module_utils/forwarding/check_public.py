"""Check the public addresses: that packets for each of them come to the router, and by which WAN."""

from __future__ import annotations

from ipaddress import IPv4Interface

from ..intent.error import Problems
from .address_space import edge
from .check_router import unfit
from .model import Public, Wan
from .rows import PublicRow, RouterRow


def _own(router: RouterRow) -> dict[object, tuple[Wan, bool]]:
    """Return the router's own WAN addresses, each with its WAN and whether the LAN leaves with it."""
    return {
        own.ip: (wan, own.ip == wan.address)
        for _path, wan in router.wans
        for own in wan.addresses
        if isinstance(own, IPv4Interface)
    }


def _wan(row: PublicRow, router: RouterRow, problems: Problems) -> Wan | None:
    """Return the WAN that packets for an address come by: the one that is named, that has its network, or the only one."""
    if row.wan is not None:
        for _path, wan in router.wans:
            if wan.interface == row.wan:
                return wan
        names = ", ".join(wan.interface for _path, wan in router.wans)
        problems.add(f"{row.path}.wan", f"{row.wan} is no WAN interface; there are {names}")
        return None
    holder = router.wan_of(row.address)
    if holder is None and len(router.wans) == 1:
        return router.wans[0][1]
    if holder is None and "wan" in router.whole:
        problems.add(f"{row.path}.wan", f"is missing; {row.address} is in the network of no WAN, so name the one it comes by")
    return holder


def _presence(row: PublicRow, wan: Wan, own: dict[object, tuple[Wan, bool]], problems: Problems) -> str | None:
    """Return how an address is present, noting what cannot be."""
    place = f"{row.path}.presence"
    network = next((o.network for o in wan.addresses if isinstance(o, IPv4Interface) and row.address in o.network), None)
    held = row.address in own
    if row.presence is None:
        if held:
            return "interface"
        problems.add(place, f"is missing; {row.address} is on no WAN, so say secondary, proxy_arp or routed")
    elif row.presence == "interface" and not held:
        problems.add(place, f"{row.address} is on no WAN; add it to the addresses of one, or say secondary, proxy_arp or routed")
    elif held and row.presence != "interface" and (own[row.address][1] or row.presence != "secondary"):
        problems.add(place, f"{row.address} is the router's own address, so its presence is interface")
    elif row.presence in ("secondary", "proxy_arp") and network is None:
        problems.add(
            place, f"{row.address} is in no network of {wan.interface}; say routed when the provider routes it to the router"
        )
    elif network is not None and row.presence != "routed" and edge(row.address, network):
        problems.add(f"{row.path}.address", f"{row.address} is the {edge(row.address, network)} address of {network}")
    else:
        return row.presence
    return None


def _defaults(router: RouterRow) -> tuple[tuple[str, Public], ...]:
    """Return the WANs' own addresses that packets from the internet can be addressed to."""
    return tuple(
        (f"{path}.addresses[{index}]", Public(own.ip, "interface", wan.interface))
        for path, wan in router.wans
        for index, own in enumerate(wan.addresses)
        if isinstance(own, IPv4Interface) and unfit(own.ip) is None
    )


def settle(router: RouterRow, problems: Problems) -> tuple[tuple[str, Public], ...]:
    """Return the public addresses in the user's order with presence and WAN settled; what is wrong is noted and left out."""
    if router.publics is None:
        return _defaults(router)
    own, found = _own(router), []
    seen: dict[object, str] = {}
    for row in router.publics:
        place = f"{row.path}.address"
        reason = unfit(row.address)
        lan = router.lan_of(row.address)
        if seen.setdefault(row.address, row.path) != row.path:
            reason = f"{row.address} stands at {problems.prefix}{seen[row.address]} already"
        elif reason is None and lan is not None:
            reason = f"{row.address} is in {lan.network}, the network of {lan.interface}"
        elif reason is None and any(row.address == wan.gateway for _path, wan in router.wans):
            reason = f"{row.address} is the provider's gateway"
        if reason is not None:
            problems.add(place, reason)
            continue
        wan = _wan(row, router, problems)
        presence = None if wan is None else _presence(row, wan, own, problems)
        if wan is not None and presence is not None:
            wan = own[row.address][0] if row.address in own else wan
            found.append((row.path, Public(row.address, presence, wan.interface)))
    return tuple(found)
