"""One question or change to one address, and the words for what can go wrong on the way."""

from __future__ import annotations

import errno
from typing import Any

from ..intent.error import Problem
from ..public_dns import message, words
from ..public_dns.error import PublicDnsError
from ..public_dns.model import Intent, Reading, RecordSet, Server

#: Seconds for one question, and how often it is asked: a datagram may be lost.
PATIENCE = 2.0
TRIES = 3
#: Seconds for a change, which the server writes to its disk before it answers.
CHANGE_PATIENCE = 10.0
#: What is said of an address that this host has no way to.
UNREACHABLE = "cannot be reached from here"


class Silence(Exception):
    """No answer came; says why."""


def _exchange(query: Any, address: str, port: int, patience: float, stream: bool) -> Any:
    """Send a message and return the answer; raises Silence, and what dnspython raises of signatures."""
    import dns.exception
    import dns.query

    try:
        if stream:
            answer = dns.query.tcp(query, address, patience, port)
        else:
            answer, _cut = dns.query.udp_with_fallback(query, address, patience, port, ignore_unexpected=True)
    except dns.exception.Timeout as error:
        raise Silence("does not answer") from error
    except EOFError as error:
        raise Silence("hangs up without an answer") from error
    except OSError as error:
        unreachable = error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
        raise Silence(UNREACHABLE if unreachable else f"does not answer ({error.strerror or error})") from error
    return answer


def look(server: Server, record: RecordSet) -> Reading:
    """Ask one authoritative server for one record set; whatever goes wrong is a reading with a fault."""
    import dns.exception

    for _attempt in range(TRIES):
        try:
            answer = _exchange(message.question(str(record.name), record.kind), server.address, 53, PATIENCE, False)
            return message.reading(answer, record)
        except Silence as silence:
            fault = str(silence)
        except dns.exception.DNSException as error:
            fault = f"gives an answer that is none ({type(error).__name__})"
    return Reading(fault=fault)


class Primary:
    """The server that takes changes, at the first of its addresses that answers; everything is signed when there is a key."""

    def __init__(self, intent: Intent, addresses: tuple[str, ...], prefix: str = "") -> None:
        self.intent = intent
        self.prefix = prefix
        self.addresses = addresses
        self.server = Server(intent.server, addresses[0])

    def ask(self, name: str, kind: str) -> Any:
        """Return the answer to a question; raises PublicDnsError unless there is one of use."""
        import dns.rcode

        silence = ""
        for _attempt in range(TRIES):
            for address in self.addresses:
                self.server = Server(self.intent.server, address)
                try:
                    answer = self._send(message.question(name, kind), PATIENCE, False)
                except Silence as error:
                    silence = silence or f"{self.server} {error}"
                    continue
                self.addresses = (address,)  # what is read and what is changed has to be one and the same server
                code = dns.rcode.to_text(answer.rcode())
                if code not in ("NOERROR", "NXDOMAIN"):
                    raise self._refused(words.QUESTIONS, code)
                return answer
        port = "" if self.intent.port == 53 else f" on port {self.intent.port}"
        advice = "see that it is the right server, and that this host may reach it by UDP and TCP"
        raise PublicDnsError([Problem(f"{self.prefix}server", f"{silence}{port}; {advice}")])

    def read(self, record: RecordSet, name: str = "") -> Reading:
        """Return what the server says of a record set, or of the same type at another name."""
        owner = name or str(record.name)
        reading = message.reading(self.ask(owner, record.kind), record, owner)
        if reading.fault:
            raise PublicDnsError([Problem(f"{self.prefix}{record.path}.name", f"{self.server} {reading.fault}")])
        return reading

    def change(self, update: Any, what: str) -> str:
        """Make a change and return the word of the answer, ``YXRRSET`` and its like when the zone was not as it was read.

        Raises Silence when no answer came: nobody knows then whether it was made. Raises PublicDnsError when it was refused.
        """
        import dns.rcode

        code = dns.rcode.to_text(self._send(update, CHANGE_PATIENCE, True).rcode())
        if code not in ("NOERROR", "YXDOMAIN", "YXRRSET", "NXDOMAIN", "NXRRSET"):
            raise self._refused(words.CHANGES, code, what)
        return code

    def _send(self, query: Any, patience: float, stream: bool) -> Any:
        import dns.exception
        import dns.rcode

        message.sign(query, self.intent.key)
        try:
            answer = _exchange(query, self.server.address, self.intent.port, patience, stream)
        except dns.exception.DNSException as error:
            fault = words.SIGNATURES.get(type(error).__name__)
            if fault is None:
                reason = f"{self.server} gives an answer that is none ({type(error).__name__})"
                raise PublicDnsError([Problem(f"{self.prefix}server", reason)]) from error
            raise self._problem(fault) from error
        if self.intent.key and not answer.had_tsig and answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise self._problem(words.UNSIGNED)
        return answer

    def _refused(self, table: dict[str, tuple[str, str]], code: str, what: str = "") -> PublicDnsError:
        return self._problem(table.get(code, ("server", "{server} says " + code)), what)

    def _problem(self, entry: tuple[str, str], what: str = "") -> PublicDnsError:
        path, reason = words.filled(entry, self.server, self.intent, what)
        return PublicDnsError([Problem(self.prefix + path, reason)])
