"""What is to be verified, and the ladder that follows from it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .ladder import Rung, VerifyError

HTTP, HTTPS, XMPP, XMPPS = 80, 443, 5222, 5223
#: How a port speaks TLS; a port that is not here is only opened.
TLS = {HTTPS: "tls", XMPPS: "tls", XMPP: "starttls"}
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+", re.IGNORECASE)


@dataclass(frozen=True)
class Door:
    """A further way to the web client: the name that a browser shows the server, and the address that it goes to."""

    name: str
    address: str


@dataclass(frozen=True)
class Intent:
    """One chat service as a vantage should see it; ``accounts`` tells whether there are two accounts to log in with.

    Without ``domain`` no made-up name is asked for: in a public zone there may be a wildcard.
    """

    name: str
    address: str
    domain: str
    dns_servers: tuple[str, ...]
    ports: tuple[int, ...]
    crl_urls: tuple[str, ...]
    accounts: bool
    doors: tuple[Door, ...] = ()


def parse(raw: Mapping[str, Any]) -> Intent:
    """The intent out of the module's options; raises VerifyError with every fault."""
    faults = []
    for path, name in [
        ("name", raw["name"]),
        *([("domain", raw["domain"])] if raw["domain"] else []),
        *((f"doors[{at}].name", one["name"]) for at, one in enumerate(raw["doors"])),
    ]:
        if not _NAME.fullmatch(name):
            faults.append(f"{path}: {name or 'nothing'} is not a domain name")
    for path, address in [
        ("address", raw["address"]),
        *((f"dns_servers[{at}]", one) for at, one in enumerate(raw["dns_servers"])),
        *((f"doors[{at}].address", one["address"]) for at, one in enumerate(raw["doors"])),
    ]:
        if not _is_address(address):
            faults.append(f"{path}: {address or 'nothing'} is not an IP address")
    faults.extend(f"ports[{at}]: {port} is not a port (1-65535)" for at, port in enumerate(raw["ports"]) if not 0 < port < 65536)
    faults.extend(
        f"crl_urls[{at}]: {url} is not an http address" for at, url in enumerate(raw["crl_urls"]) if not url.startswith("http://")
    )
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
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def rungs(intent: Intent) -> tuple[Rung, ...]:
    """The ladder: names, ports, TLS and revocation, the web page and every further door to it, log-in, message, history."""
    return (*_names(intent), *_ports(intent), *_certificates(intent), *_web(intent), *_doors(intent), *_chat(intent))


def _names(intent: Intent) -> list[Rung]:
    there = f"{intent.name} is {intent.address}"
    nobody = "a name that does not exist is refused at once"
    return [
        *(Rung(f"dns {server}", "dns", there, target=server) for server in intent.dns_servers),
        Rung("name", "name", there, target=intent.name),
        *([Rung("wrong name", "wrong-name", nobody, ("name",), target=intent.domain)] if intent.domain else []),
    ]


def _ports(intent: Intent) -> list[Rung]:
    found = [Rung(f"tcp {port}", "tcp", "opens", ("name",), intent.name, port) for port in intent.ports]
    if HTTP in intent.ports:
        found.append(Rung("clock", "clock", "the clocks here and there agree", (f"tcp {HTTP}",), intent.name, HTTP))
    return found


def _certificates(intent: Intent) -> list[Rung]:
    words = f"a certificate for {intent.name} that this host trusts"
    found = [Rung(f"tls {port}", TLS[port], words, (f"tcp {port}",), intent.name, port) for port in intent.ports if port in TLS]
    if intent.crl_urls and HTTPS in intent.ports:
        words = "the revocation list is served, fresh and does not hold the certificate"
        found.append(Rung("crl", "crl", words, (f"tls {HTTPS}",), intent.name, HTTPS))
    return found


def _web(intent: Intent) -> list[Rung]:
    if HTTPS not in intent.ports:
        return []
    found = [
        Rung("page", "page", "the web client with its content-security policy", (f"tls {HTTPS}",), intent.name, HTTPS),
        Rung("websocket", "websocket", "101 Switching Protocols", (f"tls {HTTPS}",), intent.name, HTTPS),
    ]
    if HTTP in intent.ports:
        found.append(Rung("redirect", "redirect", f"http leads to https://{intent.name}/", (f"tcp {HTTP}",), intent.name, HTTP))
    return found


def _doors(intent: Intent) -> list[Rung]:
    words = "the web client, with a certificate that this host trusts"
    return [Rung(f"{door.name} at {door.address}", "door", words, (), door.name, HTTPS, door.address) for door in intent.doors]


def _chat(intent: Intent) -> list[Rung]:
    if not intent.accounts or XMPP not in intent.ports:
        return []
    below = ("accounts", f"tls {XMPP}")
    return [
        Rung("accounts", "accounts", "two temporary accounts can be made", target=intent.name),
        Rung("login a", "login", "the first test account is let in", below, "a", XMPP),
        Rung("login b", "login", "the second test account is let in", below, "b", XMPP),
        Rung("message", "message", "what the first one writes reaches the second", ("login a", "login b"), intent.name, XMPP),
        Rung("history", "history", "the message is in the second one's history", ("message",), intent.name, XMPP),
    ]
