"""Which name servers are in charge of a zone: its NS records, each at all its addresses."""

from __future__ import annotations

import socket

from ..intent.error import Problem
from ..public_dns.error import PublicDnsError
from ..public_dns.model import Intent, Server
from .talk import Primary

PATIENCE = 10.0


def addresses(name: str) -> tuple[str, ...]:
    """Return the addresses that this host has for a name (an address is its own), in the order of trying; none when none."""
    try:
        rows = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def primary(intent: Intent, prefix: str = "") -> Primary | None:
    """Return the server of the intent after it has said that it is in charge of the zone; None when there is none."""
    if not intent.server:
        return None
    found = addresses(intent.server)
    if not found:
        reason = f"this host finds no address of {intent.server}; correct the name, or write the address"
        raise PublicDnsError([Problem(f"{prefix}server", reason)])
    server = Primary(intent, found, prefix)
    _in_charge(server, prefix)
    return server


def _in_charge(server: Primary, prefix: str) -> None:
    import dns.flags
    import dns.name
    import dns.rdataclass
    import dns.rdatatype

    zone = server.intent.zone
    answer = server.ask(str(zone), "SOA")
    origin = dns.name.from_text(str(zone))
    authoritative = answer.flags & dns.flags.AA
    if authoritative and answer.get_rrset(answer.answer, origin, dns.rdataclass.IN, dns.rdatatype.SOA) is not None:
        return
    owners = [rows.name.to_text(omit_final_dot=True) for rows in answer.authority if rows.rdtype == dns.rdatatype.SOA]
    if authoritative and owners:
        problem = Problem(f"{prefix}zone", f"{zone.text} is no zone of its own at {server.server}; it is part of {owners[0]}")
    else:
        problem = Problem(f"{prefix}server", f"{server.server} is not in charge of {zone.text}; name the zone's primary")
    raise PublicDnsError([problem])


def of_zone(intent: Intent, server: Primary | None, prefix: str = "") -> tuple[Server, ...]:
    """Return the zone's name servers, each at each of its addresses; one whose name has none comes with no address.

    They are those of the intent, or else those that the primary names, or else those that this host's resolver finds.
    """
    if intent.authoritative:
        return tuple(Server("", address) for address in intent.authoritative)
    names = _named(intent, server)
    if not names:
        reason = f"no name servers of {intent.zone.text} are to be found from this host; does it resolve public names?"
        raise PublicDnsError([Problem(f"{prefix}zone", reason)])
    found: list[Server] = []
    for name in names:
        found.extend(Server(name, address) for address in _at(name, intent, server) or ("",))
    return tuple(found)


def _named(intent: Intent, server: Primary | None) -> list[str]:
    import dns.exception
    import dns.rdatatype

    if server:
        rows = [rows for rows in server.ask(str(intent.zone), "NS").answer if rows.rdtype == dns.rdatatype.NS]
        return sorted({row.target.to_text(omit_final_dot=True).lower() for each in rows for row in each})
    import dns.resolver

    try:
        answer = dns.resolver.Resolver().resolve(str(intent.zone), "NS", lifetime=PATIENCE)
    except dns.exception.DNSException:
        return []
    return sorted({row.target.to_text(omit_final_dot=True).lower() for row in answer})


def _at(name: str, intent: Intent, server: Primary | None) -> tuple[str, ...]:
    """Return the addresses of a name server: of one inside the zone from the primary, which knows them first."""
    found: list[str] = []
    if server and f".{name}".endswith(f".{intent.zone.text}"):
        for kind in ("A", "AAAA"):
            found.extend(row.address for rows in server.ask(f"{name}.", kind).answer for row in rows if hasattr(row, "address"))
    return tuple(found) or addresses(name)
