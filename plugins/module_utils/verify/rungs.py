"""The ladder that follows from what is to be verified."""

from __future__ import annotations

from functools import partial

from .intent import Intent
from .ladder import Rung

HTTP, HTTPS, XMPP, XMPPS = 80, 443, 5222, 5223
#: How a port speaks TLS; a port that is not here is only opened.
TLS = {HTTPS: "tls", XMPPS: "tls", XMPP: "starttls"}
#: Behind 80 and 443 is nginx, behind 5222 and 5223 ejabberd.
_PROGRAM = {HTTP: "nginx", HTTPS: "nginx", XMPP: "ejabberd", XMPPS: "ejabberd"}
#: Where it shows first that somebody's network is not let in: nginx and ejabberd have the same list.
_REFUSED = ("crl", "page")


def rungs(intent: Intent) -> tuple[Rung, ...]:
    """The ladder: names, ports, TLS and revocation, web client, further doors to it, log-in, message, history, file, relay."""
    return (
        *_names(intent),
        *_ports(intent),
        *_certificates(intent),
        *_web(intent),
        *_doors(intent),
        *_chat(intent),
        *_relays(intent),
    )


def _names(intent: Intent) -> list[Rung]:
    there = f"{intent.name} is {', '.join(intent.addresses)}"
    servers = [f"dns {server}" for server in intent.dns_servers]
    found: list[Rung] = []
    for server in intent.dns_servers:
        below = tuple(rung.name for rung in found if rung.kind == "dns")
        found.append(Rung(f"dns {server}", "dns", there, echoes=below, target=server))
    if intent.foreign:
        nothing = f"{intent.foreign}, a name outside, is refused at once"
        for server in intent.dns_servers:
            below = tuple(rung.name for rung in found if rung.kind == "foreign")
            found.append(Rung(f"foreign {server}", "foreign", nothing, (f"dns {server}",), echoes=below, target=server))
    found.append(Rung("name", "name", there, echoes=tuple(servers), target=intent.name))
    if intent.domain:
        nobody = "a name that does not exist is refused at once"
        leaks = tuple(rung.name for rung in found if rung.kind == "foreign")
        found.append(Rung("wrong name", "wrong-name", nobody, ("name", *servers), echoes=leaks, target=intent.domain))
    if not intent.xmpp:
        return found
    found.append(Rung("srv", "srv", "native clients are led to the same server", ("name", *servers), target=intent.name))
    return found


def _ports(intent: Intent) -> list[Rung]:
    found: list[Rung] = []
    for port in intent.ports:
        below = tuple(rung.name for rung in found if _PROGRAM.get(rung.port) == _PROGRAM.get(port, port))
        others = tuple(rung.name for rung in found if rung.name not in below)
        found.append(Rung(f"tcp {port}", "tcp", "opens", ("name",), (), below, others, intent.name, port))
    if HTTPS in intent.ports:
        words = "packets of every size come through"
        found.append(Rung("mtu 443", "mtu", words, (f"tcp {HTTPS}",), target=intent.name, port=HTTPS))
    at = next((port for port in (HTTP, HTTPS) if port in intent.ports), 0)
    if at:
        below = (f"tcp {at}",) if at == HTTP else (f"tcp {at}", "mtu 443")
        found.append(Rung("clock", "clock", "the clocks here and there agree", below, target=intent.name, port=at))
    return found


def _certificates(intent: Intent) -> list[Rung]:
    words = f"a certificate for {intent.name} that this host trusts"
    found: list[Rung] = []
    for port in (port for port in intent.ports if port in TLS):
        below = tuple(rung.name for rung in found)
        found.append(Rung(f"tls {port}", "tls", words, (f"tcp {port}",), ("clock", "mtu 443"), below, (), intent.name, port))
    if intent.crl_urls and HTTPS in intent.ports:
        words = "the revocation list is served, fresh and does not hold the certificate"
        found.append(Rung("crl", "crl", words, (f"tls {HTTPS}",), target=intent.name, port=HTTPS))
    return found


def _web(intent: Intent) -> list[Rung]:
    if HTTPS not in intent.ports:
        return []
    below = (f"tls {HTTPS}",)
    there = partial(Rung, target=intent.name, port=HTTPS)
    found = [there("page", "page", "the web client's page", below, beside=("crl",), path=intent.page)]
    # with ejabberd down the page is there and the websocket is not; a package of the operator's makes both
    down = ("page",) if not intent.xmpp else (f"tcp {XMPP}",) if XMPP in intent.ports else ()
    for path in intent.websockets:
        name = "websocket" if path == intent.websockets[0] else f"websocket {path}"
        found.append(there(name, "websocket", "101 Switching Protocols", below, echoes=down, beside=_REFUSED, path=path))
    if intent.health:
        words = f"{intent.health.path} answers {intent.health.status}"
        words += f", and {intent.health.expect!r} stands in it" if intent.health.expect else ""
        found.append(there("health", "health", words, below, echoes=("page",), beside=_REFUSED, path=intent.health.path))
    if intent.xmpp:
        words = "it draws itself, and asks nobody but this server for anything"
        found.append(there("web client", "client", words, ("page",)))
    if HTTP in intent.ports:
        words = f"http leads to https://{intent.name}/"
        found.append(Rung("redirect", "redirect", words, (f"tcp {HTTP}",), beside=_REFUSED, target=intent.name, port=HTTP))
    return found + _start(intent)


def _start(intent: Intent) -> list[Rung]:
    """The page on which people begin, before they trust anything where there is a port without TLS."""
    if not intent.start:
        return []
    port = HTTP if HTTP in intent.ports else HTTPS
    words = "the start page, with the root by which devices trust this server" if intent.start_ca else "the start page"
    below = dict.fromkeys((f"tcp {port}", f"tls {HTTPS}"))
    return [Rung("start", "start", words, tuple(below), beside=_REFUSED, target=intent.name, port=port)]


def _doors(intent: Intent) -> list[Rung]:
    words = "the web client, with a certificate that this host trusts"
    below = [f"tcp {HTTPS}", f"tls {HTTPS}", "page"] if HTTPS in intent.ports else []
    unless = ("clock", "mtu 443")
    return [
        Rung(f"{door.name} at {door.address}", "door", words, (), unless, tuple(below), _REFUSED, door.name, HTTPS, door.address)
        for door in intent.doors
    ]


def _chat(intent: Intent) -> list[Rung]:
    if not intent.xmpp or not intent.accounts or XMPP not in intent.ports:
        return []
    below = ("accounts", f"tls {XMPP}")
    here = partial(Rung, target=intent.name, port=XMPP)
    down = (f"tcp {XMPP}",)
    found = [
        Rung("accounts", "accounts", "two temporary accounts can be made", echoes=down, target=intent.name),
        Rung("login a", "login", "the first test account is let in", below, beside=_REFUSED, target="a", port=XMPP),
        Rung("login b", "login", "the second test account is let in", below, echoes=("login a",), target="b", port=XMPP),
        here("message", "message", "what the first one writes reaches the second", ("login a", "login b")),
        here("history", "history", "the message is in the second one's history", ("message",)),
    ]
    if intent.upload and HTTPS in intent.ports:
        words = "a file is taken and given back unchanged"
        found.append(here("upload", "upload", words, ("login a", f"tls {HTTPS}"), beside=_REFUSED, port=HTTPS))
    return found


def _relays(intent: Intent) -> list[Rung]:
    found: list[Rung] = []
    for relay in intent.relays:
        below = tuple(rung.name for rung in found if rung.address == relay.address)
        words = "the relay lends an address" if intent.accounts else "the relay answers and asks for credentials"
        unless = ("clock",) if relay.transport == "tls" else ()
        found.append(Rung(relay.rung, "relay", words, (), unless, below, (), relay.name, relay.port, relay.address))
    return found
