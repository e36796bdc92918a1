# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""May this host write into the public zone, and do all its servers hear of it? A nonce says so before an order does."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.update

from .records import Answer, Server, ask, words
from .settings import Settings

#: How long secondaries may take to fetch a change.
PATIENCE = 120.0
HINTS = {
    "BADKEY": "the server does not know a key of that name",
    "BADSIG": "the key's secret is another one there",
    "BADTIME": "the clocks of the server and of this host differ by more than five minutes",
    "REFUSED": "the key may not change {record}; its update policy has to allow TXT there",
    "NOTAUTH": "the server does not keep the zone {zone}, or does not know the key",
    "NOTZONE": "{record} is not in the zone {zone}",
    "SERVFAIL": "the server failed; its own log says why",
}


def problems(settings: Settings, servers: Sequence[Server]) -> list[str]:
    """Write a nonce, wait until every server has it, and take it away again."""
    record, nonce = f"_acme-challenge.{settings.name}", "onprem-chat-nonce-" + secrets.token_hex(12)
    try:
        secret = Path(settings.key_secret_path).read_text(encoding="ascii").strip()
        key = dns.tsig.Key(settings.key_name, secret, settings.key_algorithm)
        address = socket.getaddrinfo(settings.dns_server, settings.dns_port, type=socket.SOCK_STREAM)[0][4][0]
    except socket.gaierror as error:
        return [f"{settings.dns_server}, the server that takes changes of {settings.zone}, has no address: {error.strerror}"]
    except (OSError, ValueError):
        return ["public_certificate_key_secret: cannot be read as a TSIG secret, which is text in base64"]
    change = dns.update.UpdateMessage(settings.zone, keyring=key)
    change.add(record + ".", 30, "TXT", f'"{nonce}"')
    refused = _send(settings, change, str(address), record)
    if refused:
        return [refused]
    try:
        return _wait(servers, record, nonce)
    finally:
        back = dns.update.UpdateMessage(settings.zone, keyring=key)
        back.delete(record + ".", "TXT", f'"{nonce}"')
        _send(settings, back, str(address), record)


def _send(settings: Settings, change: dns.message.Message, address: str, record: str) -> str:
    """Empty, or why the server does not take it."""
    where = f"{settings.dns_server} port {settings.dns_port}"
    try:
        reply = dns.query.tcp(change, address, timeout=10, port=settings.dns_port)
        reason = "" if reply.rcode() == dns.rcode.NOERROR else dns.rcode.to_text(reply.rcode())
    except dns.tsig.PeerError as error:
        reason = {"PeerBadKey": "BADKEY", "PeerBadSignature": "BADSIG", "PeerBadTime": "BADTIME"}.get(
            type(error).__name__, str(error)
        )
    except (dns.exception.DNSException, OSError, EOFError) as error:
        return f"{where}, the server that takes changes of {settings.zone}: {words(error)}; is it reached from here?"
    if not reason:
        return ""
    hint = HINTS.get(reason, "").format(record=record, zone=settings.zone)
    return f"{where} does not take a change of {record} with the key {settings.key_name}: {reason}" + (
        f"; {hint}" if hint else ""
    )


def _wait(servers: Sequence[Server], record: str, nonce: str) -> list[str]:
    end, lacking = time.monotonic() + PATIENCE, list[Answer]()
    while True:
        answers = ask(servers, record, "TXT")
        heard = {answer.server.name for answer in answers if not answer.silent}
        lacking = [
            answer
            for answer in answers
            if nonce not in answer.values and not (answer.silent and ":" in answer.server.address and answer.server.name in heard)
        ]
        if not lacking:
            return []
        if time.monotonic() > end:
            break
        with contextlib.suppress(InterruptedError):
            time.sleep(1)
    return [f"the TXT record of {record} at {answer.server} after {PATIENCE:.0f} seconds: {answer}" for answer in lacking] + [
        "every name server of the zone has to hear of a change: look at notifies and transfers"
    ]
