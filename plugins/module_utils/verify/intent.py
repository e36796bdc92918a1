"""What is to be verified."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..intent.addresses import is_address
from .ladder import VerifyError

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+", re.IGNORECASE)


@dataclass(frozen=True)
class Door:
    """A further way to the web client: the name that a browser shows the server, and the address that it goes to."""

    name: str
    address: str


@dataclass(frozen=True)
class Relay:
    """A relay (TURN server); ``address`` is the one that its name must have for the vantage."""

    name: str
    address: str
    port: int
    transport: str

    @property
    def rung(self) -> str:
        return f"relay {self.name} {self.transport}"


@dataclass(frozen=True)
class Health:
    """A page that answers with ``status`` while the chat works, and with ``expect`` in its text."""

    path: str
    status: int
    expect: str


@dataclass(frozen=True)
class Intent:
    """One chat service as a vantage should see it; ``accounts`` tells whether there are two accounts to log in with.

    Without ``domain`` no made-up name is asked for: in a public zone there may be a wildcard. ``foreign`` is a name outside
    that every name server of an air gap must refuse; empty where there is a way out. ``names`` are all of the server's own,
    ``addresses`` all that the name must have, of both families. ``services`` are those that must have SRV records. ``start``
    says that there is a start page, ``start_ca`` that it offers the authority's root. ``xmpp`` is false where the chat is a
    package of the operator's: then names, ports, TLS and pages are all that can be judged. ``websockets`` are paths.
    """

    name: str
    address: str
    domain: str
    dns_servers: tuple[str, ...]
    ports: tuple[int, ...]
    crl_urls: tuple[str, ...]
    accounts: bool
    doors: tuple[Door, ...] = ()
    relays: tuple[Relay, ...] = ()
    foreign: str = ""
    upload: bool = False
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    start: bool = False
    start_ca: bool = False
    xmpp: bool = True
    page: str = "/"
    websockets: tuple[str, ...] = ("/ws",)
    health: Health | None = None


def parse(raw: Mapping[str, Any]) -> Intent:
    """The intent out of the module's options; raises VerifyError with every fault."""
    faults = []
    for path, name in [
        ("name", raw["name"]),
        *([("domain", raw["domain"])] if raw["domain"] else []),
        *((f"doors[{at}].name", one["name"]) for at, one in enumerate(raw["doors"])),
        *((f"names[{at}]", one) for at, one in enumerate(raw["names"])),
        *((f"relays[{at}].name", one["name"]) for at, one in enumerate(raw["relays"])),
    ]:
        if not _NAME.fullmatch(name):
            faults.append(f"{path}: {name or 'nothing'} is not a domain name")
    for path, address in [
        ("address", raw["address"]),
        *((f"addresses[{at}]", one) for at, one in enumerate(raw["addresses"])),
        *((f"dns_servers[{at}]", one) for at, one in enumerate(raw["dns_servers"])),
        *((f"doors[{at}].address", one["address"]) for at, one in enumerate(raw["doors"])),
        *((f"relays[{at}].address", one["address"]) for at, one in enumerate(raw["relays"])),
    ]:
        if not is_address(address):
            faults.append(f"{path}: {address or 'nothing'} is not an IP address")
    for path, port in [
        *((f"ports[{at}]", one) for at, one in enumerate(raw["ports"])),
        *((f"relays[{at}].port", one["port"]) for at, one in enumerate(raw["relays"])),
    ]:
        if not 0 < port < 65536:
            faults.append(f"{path}: {port} is not a port (1-65535)")
    faults.extend(
        f"crl_urls[{at}]: {url} is not an http address" for at, url in enumerate(raw["crl_urls"]) if not url.startswith("http://")
    )
    for path, place in [
        ("page", raw["page"]),
        *((f"websocket_paths[{at}]", one) for at, one in enumerate(raw["websocket_paths"])),
        *([("health.path", raw["health"]["path"])] if raw["health"] else []),
    ]:
        if not place.startswith("/"):
            faults.append(f"{path}: {place or 'nothing'} is not a path of a web server, such as /ws")
    if raw["accounts"] and raw["engine"] != "ejabberd":
        faults.append("accounts: only ejabberd has them")
    if len(raw["accounts"]) not in (0, 2):
        faults.append("accounts: two are needed, or none")
    if faults:
        raise VerifyError(faults)
    return Intent(
        name=raw["name"].lower(),
        address=str(ipaddress.ip_address(raw["address"])),
        domain=raw["domain"].lower(),
        dns_servers=tuple(raw["dns_servers"]),
        ports=tuple(raw["ports"]),
        crl_urls=tuple(raw["crl_urls"]),
        accounts=bool(raw["accounts"]),
        doors=tuple(Door(one["name"].lower(), str(ipaddress.ip_address(one["address"]))) for one in raw["doors"]),
        relays=tuple(
            Relay(one["name"].lower(), str(ipaddress.ip_address(one["address"])), one["port"], one["transport"])
            for one in raw["relays"]
        ),
        foreign=raw["foreign_name"] if raw["air_gap"] else "",
        upload=raw["upload"],
        addresses=tuple(dict.fromkeys(str(ipaddress.ip_address(one)) for one in (raw["address"], *raw["addresses"]))),
        services=tuple(raw["services"]),
        start=raw["start"],
        start_ca=raw["start_ca"],
        xmpp=raw["engine"] == "ejabberd",
        page=raw["page"],
        websockets=tuple(raw["websocket_paths"]),
        health=Health(**raw["health"]) if raw["health"] else None,
        names=tuple(dict.fromkeys(one.lower() for one in (raw["name"], *(door["name"] for door in raw["doors"]), *raw["names"]))),
    )
