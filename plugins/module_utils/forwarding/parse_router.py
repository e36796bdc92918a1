"""Parse the router of an intent: its interfaces, its public addresses, how it stays reachable itself."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Interface
from typing import Any

from .model import EGRESS_POLICIES, PRESENCES, WITH_PORTS, Lan, Management, Network, Wan
from .reader import Reader
from .rows import PublicRow, RouterRow

ROUTER_KEYS = ("wan", "lan", "public", "management", "masquerade", "egress_policy", "foreign_firewalls")
_WAN_KEYS = ("interface", "addresses", "gateway")
_LAN_KEYS = ("interface", "address", "network", "address6", "network6")
_PUBLIC_KEYS = ("address", "presence", "wan")
_MANAGEMENT_KEYS = ("protocol", "ports", "sources")
#: Packet filters of others that a router may have, in the words of onprem.chat.nat_probe; and the distribution's own service.
FOREIGN_FIREWALLS = (
    *("csf", "docker", "firewalld", "iptables", "iptables-legacy", "libvirt", "nftables", "nftables_service", "shorewall", "ufw"),
)


def _wan(reader: Reader, path: str, row: Mapping[str, Any]) -> Wan | None:
    interface = reader.interface(f"{path}.interface", row["interface"]) if row.get("interface") is not None else None
    listed = reader.items(f"{path}.addresses", row.get("addresses"))
    found = [reader.own_address(place, item) for place, item in listed]
    addresses = tuple(own for own in found if own is not None)
    read = isinstance(row.get("addresses"), list) and len(addresses) == len(found)
    if read and not any(isinstance(own, IPv4Interface) for own in addresses):
        reader.problems.add(f"{path}.addresses", "needs an IPv4 address, such as 203.0.113.10/24")
    gateway = row.get("gateway")
    if gateway is not None:
        gateway = reader.address4(f"{path}.gateway", gateway, "leave it out, hosts learn the way of IPv6 by themselves")
    if interface is None or not any(isinstance(own, IPv4Interface) for own in addresses):
        return None
    return Wan(interface, addresses, gateway)


def _lan(reader: Reader, path: str, row: Mapping[str, Any]) -> Lan | None:
    given = {key: row[key] for key in _LAN_KEYS if row.get(key) is not None}
    interface = reader.interface(f"{path}.interface", given["interface"]) if "interface" in given else None
    instead = "give the IPv4 address here and this one as address6"
    address = reader.address4(f"{path}.address", given["address"], instead) if "address" in given else None
    network = reader.network4(f"{path}.network", given["network"]) if "network" in given else None
    address6 = reader.address6(f"{path}.address6", given["address6"]) if "address6" in given else None
    network6 = reader.network(f"{path}.network6", given["network6"]) if "network6" in given else None
    if network6 is not None and network6.version == 4:
        reader.problems.add(f"{path}.network6", f"{network6} is IPv4; this is for IPv6")
        network6 = None
    if interface is None or address is None or network is None:
        return None
    return Lan(interface, address, network, address6, network6 if network6 is None or network6.version == 6 else None)


def _publics(reader: Reader, value: Any) -> tuple[PublicRow, ...] | None:
    if value is None:
        return None
    found = []
    for path, item in reader.items("router.public", value):
        row = reader.row(path, item, _PUBLIC_KEYS, ("address",))
        if row is None or row.get("address") is None:
            continue
        address = reader.address4(f"{path}.address", row["address"], "IPv6 is not translated, a service has it as host6")
        presence, wan = row.get("presence"), row.get("wan")
        if presence is not None:
            presence = reader.choice(f"{path}.presence", presence, PRESENCES, "presence")
        if wan is not None:
            wan = reader.interface(f"{path}.wan", wan)
        spelt = (presence is None) == (row.get("presence") is None)
        if address is not None and spelt:
            found.append(PublicRow(path, address, presence, wan))
    return tuple(found)


def _management(reader: Reader, value: Any) -> tuple[tuple[str, Management], ...]:
    found = []
    for path, item in reader.items("router.management", value):
        row = reader.row(path, item, _MANAGEMENT_KEYS, ("ports",))
        if row is None:
            continue
        protocols = reader.protocols(f"{path}.protocol", row.get("protocol", "tcp"))
        if set(protocols) - set(WITH_PORTS):
            reader.problems.add(f"{path}.protocol", f"{protocols[0]} has no ports to manage a router by")
            continue
        sources = reader.sources(f"{path}.sources", row.get("sources"))
        if row.get("ports") is None:
            continue
        everybody: tuple[Network, ...] = (*(sources.ipv4 or ()), *(sources.ipv6 or ()))
        for ports in reader.port_list(f"{path}.ports", row["ports"]):
            found += [(path, Management(protocol, ports, everybody)) for protocol in protocols]
    return tuple(found)


def _listed(
    reader: Reader, name: str, value: Any, keys: tuple[str, ...], need: tuple[str, ...], read: Any
) -> list[tuple[str, Any]]:
    """Return what ``read`` makes of each row of a list that must not be empty."""
    found = []
    for path, item in reader.items(f"router.{name}", value):
        row = reader.row(path, item, keys, need)
        made = None if row is None else read(reader, path, row)
        if made is not None:
            found.append((path, made))
    if isinstance(value, list) and not value:
        reader.problems.add(f"router.{name}", "is empty; name at least one interface")
    return found


def parse_router(reader: Reader, value: Any) -> RouterRow:
    """Return the router as written; ``value`` is described at the module's option of the same name."""
    row = reader.row("router", value, ROUTER_KEYS, ("wan", "lan")) or {}
    whole = set()
    lists: dict[str, Any] = {}
    for name, keys, need, read in (
        ("wan", _WAN_KEYS, ("interface", "addresses"), _wan),
        ("lan", _LAN_KEYS, ("interface", "address", "network"), _lan),
    ):
        before = len(reader.problems.found)
        lists[name] = tuple(_listed(reader, name, row.get(name), keys, need, read))
        whole |= {name} if lists[name] and len(reader.problems.found) == before else set()
    before = len(reader.problems.found)
    publics = _publics(reader, row.get("public"))
    whole |= {"public"} if len(reader.problems.found) == before else set()
    policy = row.get("egress_policy", "open")
    firewalls = [
        reader.choice(path, item, FOREIGN_FIREWALLS, "known firewall")
        for path, item in reader.items("router.foreign_firewalls", row.get("foreign_firewalls"))
    ]
    return RouterRow(
        wans=lists["wan"],
        lans=lists["lan"],
        publics=publics,
        management=_management(reader, row.get("management")),
        masquerade=reader.truth("router.masquerade", row.get("masquerade", True)),
        egress_policy=reader.choice("router.egress_policy", policy, EGRESS_POLICIES, "egress policy") or "open",
        foreign_firewalls=tuple(sorted({name for name in firewalls if name})),
        whole=frozenset(whole),
    )
