"""Asks for the addresses of a name: chosen name servers by dnspython, or the host's own resolver."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

from .verdict import Names

TIMEOUT = 5.0


class NoLibrary(Exception):
    """A chosen resolver cannot be asked without dnspython."""

    def __init__(self) -> None:
        super().__init__(
            "a resolver of your choice can only be asked with dnspython, which this host's Python lacks: "
            "install the package python3-dnspython, or leave the option resolver out"
        )


def resolve(name: str, servers: Sequence[str], timeout: float = TIMEOUT) -> Names:
    """IPv4 and IPv6 addresses of the name; raises NoLibrary. The socket library knows no servers, so it serves without any."""
    if not name:
        return Names()
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        if servers:
            raise NoLibrary from None
        return _own(name, timeout)
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except dns.exception.DNSException as error:
        return Names((), _words(error))
    if servers:
        resolver.nameservers = list(servers)
    resolver.lifetime = timeout
    asked = ", ".join(str(one) for one in resolver.nameservers)
    found: list[str] = []
    faults: list[str] = []
    for kind in ("A", "AAAA"):
        try:
            found.extend(str(row) for row in resolver.resolve(f"{name}.", kind, search=False))
        except dns.resolver.NoAnswer:
            continue  # the other kind may be there
        except dns.resolver.NXDOMAIN:
            return Names((), "no such name", asked)
        except (dns.exception.DNSException, OSError) as error:
            faults.append("no answer in time" if isinstance(error, dns.exception.Timeout) else _words(error))
    if found:
        return Names(tuple(sorted(set(found))), "", asked)
    return Names((), faults[0] if faults else "no address", asked)


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _own(name: str, timeout: float) -> Names:
    """By getaddrinfo(3), which knows no time limit: it is left behind after that."""
    rows: list[tuple[str, ...]] = []
    faults: list[str] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            rows.append(tuple(sorted({str(row[4][0]) for row in found})))
        except OSError as error:
            faults.append(error.strerror or str(error))

    asked = "the host's own resolver, /etc/hosts among it"
    worker = threading.Thread(target=ask, daemon=True)
    worker.start()
    worker.join(timeout)
    if rows:
        return Names(rows[0], "", asked)
    return Names((), faults[0] if faults else "no answer in time", asked)
