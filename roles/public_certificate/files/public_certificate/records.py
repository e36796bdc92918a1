# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the world asks for the public name, and what each of them answers."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from .refusal import CHECK, Refusal

SECONDS = 3.0
TRIES = 2


@dataclass(frozen=True)
class Server:
    """One authoritative server at one of its addresses."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.name != self.address else self.address


@dataclass(frozen=True)
class Answer:
    """What one server says to one question: the values, or why there are none."""

    server: Server
    values: tuple[str, ...] = ()
    alias: str = ""
    problem: str = ""
    silent: bool = False

    def __str__(self) -> str:
        if self.problem:
            return self.problem
        return " ".join(self.values) or (f"an alias (CNAME) of {self.alias}" if self.alias else "no such record")


def authoritative(name: str, zone: str, given: Sequence[str]) -> list[Server]:
    """Every authoritative server of the public zone at every address.

    In the LAN the name itself is a zone of its own (split view); so what is above it is asked for here.
    """
    if given:
        return [Server(address, address) for address in given]
    try:
        zone = zone or str(dns.resolver.zone_for_name(dns.name.from_text(name).parent(), lifetime=15))
        answer = dns.resolver.resolve(dns.name.from_text(zone), "NS", lifetime=15)
    except (dns.exception.DNSException, OSError) as error:
        asked = f"the name servers (NS) of {zone}" if zone else f"the zone of {name}"
        raise Refusal(
            CHECK, [f"this host's resolver does not know {asked}: {words(error)}; name its servers in /etc/resolv.conf"]
        ) from None
    servers = []
    for host in sorted(str(entry.target).rstrip(".") for entry in answer):
        addresses = _addresses(host)
        if not addresses:
            raise Refusal(
                CHECK,
                [f"{host}, a name server of {zone.rstrip('.')}, has no address"],
            )
        servers += [Server(host, address) for address in addresses]
    return servers


def _addresses(host: str) -> list[str]:
    found = []
    for kind in ("A", "AAAA"):
        try:
            found += sorted(str(entry) for entry in dns.resolver.resolve(host + ".", kind, lifetime=15))
        except (dns.exception.DNSException, OSError):
            continue
    return found


def ask(servers: Sequence[Server], name: str, kind: str) -> list[Answer]:
    """The answers of all servers, asked at once."""
    if not servers:
        return []
    with ThreadPoolExecutor(min(8, len(servers))) as pool:
        return list(pool.map(lambda server: _ask(server, name, kind), servers))


def _ask(server: Server, name: str, kind: str) -> Answer:
    query = dns.message.make_query(name, kind)
    query.flags &= ~dns.flags.RD
    problem = ""
    for _try in range(TRIES):
        try:
            reply, _tcp = dns.query.udp_with_fallback(query, server.address, timeout=SECONDS)
            return _read(server, reply, name, kind)
        except (dns.exception.DNSException, OSError, EOFError) as error:
            problem = words(error)
    return Answer(server, problem=f"no answer ({problem})", silent=True)


def _read(server: Server, reply: dns.message.Message, name: str, kind: str) -> Answer:
    if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(server, problem=f"{dns.rcode.to_text(reply.rcode())}")
    if not reply.flags & dns.flags.AA:
        return Answer(server, problem="an answer that is not authoritative; it does not keep this zone")
    wanted, values, alias = dns.name.from_text(name), [], ""
    for rrset in reply.answer:
        if rrset.name == wanted and rrset.rdtype == dns.rdatatype.from_text(kind):
            values += [b"".join(entry.strings).decode("ascii", "replace") if kind == "TXT" else str(entry) for entry in rrset]
        elif rrset.name == wanted and rrset.rdtype == dns.rdatatype.CNAME:
            alias = str(rrset[0].target).rstrip(".")
    return Answer(server, tuple(sorted(values)), alias)


def words(error: BaseException) -> str:
    """An error of the network in words."""
    if isinstance(error, (dns.exception.Timeout, socket.timeout)):
        return "it is silent"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return str(error) or type(error).__name__


def address_problems(name: str, address: str, answers: Sequence[Answer]) -> list[str]:
    """Where the world would be led elsewhere: every server has to name exactly the declared address.

    A server that is silent at an IPv6 address only counts when it answers at no other: not every host has IPv6.
    """
    heard = {answer.server.name for answer in answers if not answer.silent}
    problems = []
    for answer in answers:
        if answer.values == (address,):
            continue
        if answer.silent and ":" in answer.server.address and answer.server.name in heard:
            continue
        problems.append(f"the A record of {name} at {answer.server}: {answer}; declared is {address}")
    if problems:
        problems.append(
            f"set the A record of {name} to {address} at every name server of its zone, or declare the address that is meant"
        )
    return problems
