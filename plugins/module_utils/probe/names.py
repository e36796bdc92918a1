"""Asks for names: by the host's own resolver, and a name server directly."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import threading
import time
from collections.abc import Collection
from typing import Any

from ..verify.intent import Intent
from ..verify.ladder import Observation, Rung

SLOW = 1.0
#: A C library with three name servers waits for so long until it has asked all of them twice (resolv.conf(5), timeout:1).
PATIENT = 7.0
SERVICES = ("xmpp-client", "xmpps-client")
#: What Debian's installer writes into /etc/hosts beside a machine's own name (Debian Reference, 5.1.1).
INSTALLERS = "127.0.1.1"


def ask(server: str, name: str, kind: str, timeout: float, recursion: bool = True) -> Any:
    """One question to one name server (dnspython); over TCP when the answer was cut. Raises what dnspython raises."""
    import dns.flags
    import dns.message
    import dns.query

    query = dns.message.make_query(name, kind)
    if not recursion:
        query.flags &= ~dns.flags.RD
    answer, _tcp = dns.query.udp_with_fallback(query, server, timeout=timeout)
    return answer


def of_server(rung: Rung, name: str, addresses: Collection[str], timeout: float) -> Observation:
    """What the name server of the rung says of the name: these addresses, of both families, and none besides."""
    import dns.rcode

    found: set[str] = set()
    for kind in ("A", "AAAA"):
        answer = _answer(rung.target, name, kind, timeout)
        if isinstance(answer, Observation):
            return answer
        code = dns.rcode.to_text(answer.rcode())
        if code != "NOERROR":
            return Observation(code, {"REFUSED": "dns-refused", "NXDOMAIN": "dns-no-name"}.get(code, "dns-failed"))
        found |= {_canonical(one.address) for rows in answer.answer for one in rows if getattr(one, "address", "")}
    if not found:
        return Observation("no address", "dns-no-name")
    return Observation(", ".join(sorted(found)), "" if found == set(addresses) else "dns-wrong")


def _canonical(address: str) -> str:
    return str(ipaddress.ip_address(address))


def _answer(server: str, name: str, kind: str, timeout: float) -> Any:
    """The answer of a name server, or the fault that kept it from coming."""
    import dns.exception

    try:
        return ask(server, name, kind, timeout)
    except dns.exception.Timeout:
        return Observation("no answer in time", "dns-silent")
    except ConnectionRefusedError:
        return Observation("connection refused", "dns-closed")
    except OSError as error:
        return Observation(error.strerror or str(error), "dns-silent")


def foreign(rung: Rung, name: str, timeout: float) -> Observation:
    """Whether the name server of an air gap refuses a name outside: at once, and by itself.

    It is refused (REFUSED), or does not exist in the server's own root zone (NXDOMAIN with the bit AA). Any other answer came
    from elsewhere, or was looked for there.
    """
    import dns.flags
    import dns.rcode

    before = time.monotonic()
    answer = _answer(rung.target, f"{name}.", "A", timeout)
    took = time.monotonic() - before
    if isinstance(answer, Observation):
        return Observation(answer.seen, "foreign-waits")
    code = dns.rcode.to_text(answer.rcode())
    if code == "SERVFAIL":
        return Observation(f"{code} after {took:.1f} s", "foreign-waits")
    own_word = code == "REFUSED" or (code == "NXDOMAIN" and bool(answer.flags & dns.flags.AA))
    if not own_word:
        found = ", ".join(sorted({str(one) for rows in answer.answer for one in rows}))
        return Observation(found or f"{code} that is not its own", "foreign-answered")
    return Observation(f"{code} in {took * 1000:.0f} ms", "foreign-waits" if took > SLOW else "")


def services(intent: Intent, timeout: float) -> Observation:
    """Whether the SRV records for native clients (RFC 6120, 3.2.1; XEP-0368) lead to the same server.

    Those that the zone should have (``intent.services``) must be there; without, clients go to the name itself.
    """
    import dns.exception
    import dns.resolver

    found: list[str] = []
    missing: list[str] = []
    for service in SERVICES:
        try:
            rows = dns.resolver.resolve(f"_{service}._tcp.{intent.name}.", "SRV", lifetime=timeout)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            if service in intent.services:
                missing.append(f"_{service}._tcp.{intent.name}")
            continue
        except (dns.exception.DNSException, OSError) as error:
            return Observation(f"{service}: {type(error).__name__}", "srv-failed")
        for row in rows:
            target = str(row.target).rstrip(".").lower()
            addresses, _took = own(target, timeout) if target != intent.name else (list(intent.addresses), 0.0)
            if intent.address not in (addresses or []) or (intent.ports and row.port not in intent.ports):
                return Observation(f"{service} is at {target}:{row.port}, {', '.join(addresses or ['no address'])}", "srv-wrong")
            found.append(f"{target}:{row.port}")
    if missing:
        return Observation(f"no {' and no '.join(missing)}", "srv-missing")
    return Observation(", ".join(found) or "none; they go to the name itself")


def own(name: str, timeout: float) -> tuple[list[str] | None, float]:
    """Addresses by the host's own resolver (none for a name that is not there) and the seconds it took.

    None as the first part means no answer in time: getaddrinfo(3) knows no time limit, so it is left behind.
    """
    found: list[list[str]] = []

    def resolve() -> None:
        try:
            rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found.append(sorted({_canonical(str(row[4][0])) for row in rows}))
        except OSError:
            found.append([])

    before = time.monotonic()
    worker = threading.Thread(target=resolve, daemon=True)
    worker.start()
    worker.join(timeout)
    return (found[0] if found else None), time.monotonic() - before


def by_resolver(name: str, addresses: Collection[str], timeout: float) -> Observation:
    """What the host's own resolver says of the name: these addresses, of both families, and none besides.

    On the chat server itself the installer's own line in /etc/hosts may stand beside them.
    """
    found, took = own(name, max(timeout, PATIENT))
    if found is None:
        return Observation("no answer in time", "name-unknown")
    if not found:
        return Observation("no such name", "name-unknown")
    if set(addresses) not in (set(found), {*found} - {INSTALLERS}):
        return Observation(", ".join(found), "name-wrong")
    return Observation(f"{', '.join(found)} in {took * 1000:.0f} ms", "name-slow" if took > SLOW else "")


def wrong_names(domain: str, elsewhere: str, timeout: float) -> Observation:
    """A name that nobody has must be refused, and a foreign one (if any) answered either way, without a wait."""
    nobody = f"no-{secrets.token_hex(4)}.{domain}."
    found, took = own(nobody, timeout)
    if found:
        return Observation(f"{nobody} is {', '.join(found)}", "wrong-name-found")
    if found is None or took > SLOW:
        return Observation(f"{nobody} took {took:.1f} s", "wrong-name-waits")
    if not elsewhere:
        return Observation(f"refused in {took * 1000:.0f} ms")
    _found, took_foreign = own(f"{elsewhere}.", timeout)
    if took_foreign > SLOW:
        return Observation(f"{elsewhere} took {took_foreign:.1f} s", "foreign-slow")
    return Observation(f"refused in {took * 1000:.0f} ms")
