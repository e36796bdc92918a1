"""Asks for names: by the host's own resolver, and a name server directly."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from typing import Any

from ..verify.ladder import Observation, Rung

SLOW = 1.0


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


def of_server(rung: Rung, name: str, address: str, timeout: float) -> Observation:
    """What the name server of the rung says of the name."""
    import dns.exception
    import dns.rcode

    try:
        answer = ask(rung.target, name, "AAAA" if ":" in address else "A", timeout)
    except dns.exception.Timeout:
        return Observation("no answer in time", "dns-silent")
    except ConnectionRefusedError:
        return Observation("connection refused", "dns-closed")
    except OSError as error:
        return Observation(error.strerror or str(error), "dns-silent")
    code = dns.rcode.to_text(answer.rcode())
    found = sorted({str(one) for rows in answer.answer for one in rows if getattr(one, "address", "")})
    if code != "NOERROR" or not found:
        faults = {"REFUSED": "dns-refused", "NXDOMAIN": "dns-no-name", "NOERROR": "dns-no-name"}
        return Observation(code if code != "NOERROR" else "no address", faults.get(code, "dns-failed"))
    return Observation(", ".join(found), "" if address in found else "dns-wrong")


def own(name: str, timeout: float) -> tuple[list[str] | None, float]:
    """Addresses by the host's own resolver (none for a name that is not there) and the seconds it took.

    None as the first part means no answer in time: getaddrinfo(3) knows no time limit, so it is left behind.
    """
    found: list[list[str]] = []

    def resolve() -> None:
        try:
            rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found.append(sorted({str(row[4][0]) for row in rows}))
        except OSError:
            found.append([])

    before = time.monotonic()
    worker = threading.Thread(target=resolve, daemon=True)
    worker.start()
    worker.join(timeout)
    return (found[0] if found else None), time.monotonic() - before


def by_resolver(name: str, address: str, timeout: float) -> Observation:
    """What the host's own resolver says of the name."""
    found, took = own(name, timeout)
    if found is None:
        return Observation("no answer in time", "name-unknown")
    if not found:
        return Observation("no such name", "name-unknown")
    if address not in found:
        return Observation(", ".join(found), "name-wrong")
    return Observation(f"{', '.join(found)} in {took * 1000:.0f} ms", "name-slow" if took > SLOW else "")


def wrong_names(domain: str, foreign: str, timeout: float) -> Observation:
    """A name that nobody has must be refused, and a foreign one answered either way, without a wait."""
    nobody = f"no-{secrets.token_hex(4)}.{domain}."
    found, took = own(nobody, timeout)
    if found:
        return Observation(f"{nobody} is {', '.join(found)}", "wrong-name-found")
    if found is None or took > SLOW:
        return Observation(f"{nobody} took {took:.1f} s", "name-slow")
    _found, took_foreign = own(f"{foreign}.", timeout)
    if took_foreign > SLOW:
        return Observation(f"{foreign} took {took_foreign:.1f} s", "foreign-slow")
    return Observation(f"refused in {took * 1000:.0f} ms")
