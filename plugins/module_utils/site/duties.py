"""What a host does for the site, and what that asks of it: roles, ports, disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .model import Host, Site

#: Roles of every managed host.
EVERYWHERE = ("offline_source", "time_source", "client_trust")

#: Further roles by duty; the bundle carries the packages of all of them.
ROLES = {
    "authority": ("local_ca",),
    "dns": ("local_dns",),
    "chat": ("local_ca", "chat_server"),
    "time": (),
    "vantage": ("site_verify",),
    "public": ("public_dns", "public_certificate"),
    "relay": ("local_ca", "turn_relay"),
}

#: What a router has; the roles that are everywhere else leave it alone.
ROUTER = ("router_nat",)

#: Ports that a duty listens on, and the programs that may hold them already: ours, from an earlier run.
_PORTS: dict[str, tuple[tuple[str, int, str], ...]] = {
    "dns": (("tcp", 53, "named"), ("udp", 53, "named")),
    "chat": (("tcp", 80, "nginx"), ("tcp", 443, "nginx")),
    "time": (("udp", 123, "chronyd"),),
}

_XMPP = (("tcp", 5222, "beam.smp"), ("tcp", 5223, "beam.smp"))

#: Megabytes that have to be free before anything is installed.
_DISK_MB = {"chat": {"/": 1500, "/var": 1000}}
_DISK_MB_ANY = {"/": 700, "/var": 300}
_DISK_MB_ROUTER = {"/": 50}


def duties(site: Site, host: Host) -> tuple[str, ...]:
    """Return what ``host`` does for ``site``: some of authority, dns, chat, time, vantage, public and relay, or router alone.

    The first DNS server keeps the time; the site is verified from the chat server and from the clients. Whatever has a
    certificate for a public name is public.
    """
    held = {
        "authority": host == site.authority,
        "dns": host in site.dns,
        "chat": host == site.chat,
        "time": host == site.dns[0],
        "vantage": host in (site.chat, *site.clients),
        "public": site.public is not None and (host == site.chat or _relays(site, host)),
        "relay": _relays(site, host),
        "router": host in site.routers,
    }
    return tuple(duty for duty, holds in held.items() if holds)


def _relays(site: Site, host: Host) -> bool:
    return site.relay is not None and host == site.relay.host


def _ports(site: Site, host: Host, held: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    """Yield protocol, port and program of whatever a host listens on."""
    for duty in held:
        yield from _PORTS.get(duty, ())
    if host == site.chat and site.package:
        yield from (("tcp", port, site.package.program) for port in site.package.ports)
    elif host == site.chat:
        yield from _XMPP
    if site.relay and _relays(site, host):
        yield from ((protocol, port, "turnserver") for _transport, protocol, port in site.relay.ports)


def roles(held: tuple[str, ...]) -> list[str]:
    """Return the roles of a host with these duties, each once."""
    if held == ("router",):
        return list(ROUTER)
    return list(dict.fromkeys([*EVERYWHERE, *(role for duty in held for role in ROLES[duty])]))


def expectations(site: Site, host: Host) -> dict[str, Any]:
    """Return what the preflight holds a survey of ``host`` against; disk in megabytes by path."""
    held = duties(site, host)
    ports = [{"protocol": protocol, "port": port, "programs": [program]} for protocol, port, program in _ports(site, host, held)]
    disk = dict(_DISK_MB_ROUTER if held == ("router",) else _DISK_MB_ANY)
    for duty in held:
        for path, megabytes in _DISK_MB.get(duty, {}).items():
            disk[path] = max(disk.get(path, 0), megabytes)
    return {
        "addresses": [str(address) for address in host.addresses],
        "networks": [str(network) for network in site.networks],
        "static": held != ("vantage",),
        "ports": ports,
        "disk_mb": disk,
        "chat_name": site.chat_name if "chat" in held and site.package is None else "",
    }
