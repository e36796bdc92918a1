"""Does this relay do what it is for? Real answers over UDP, TCP and TLS.

turn_relay_health.py NAME ADDRESS PORT TLS_PORT CHAIN SECRETS; exit status 0 and silence, or 1 and what is wrong. CHAIN is the
file of the relay's certificate in PEM, SECRETS that of its settings with static-auth-secret.

It asks for a relayed address with credentials of its own (RFC 8489, RFC 8656), and that the way to this host is refused. Over TLS
exactly the certificate in the file has to be presented, even when it is over, for then a new one must still be let in.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import socket
import ssl
import struct
import sys
import time
from pathlib import Path

TIMEOUT = 3
COOKIE = 0x2112A442
BINDING, ALLOCATE, REFRESH, PERMIT = 0x001, 0x003, 0x004, 0x008
USERNAME, INTEGRITY, ERROR, LIFETIME, PEER, REALM, NONCE, RELAYED, TRANSPORT = (
    0x06,
    0x08,
    0x09,
    0x0D,
    0x12,
    0x14,
    0x15,
    0x16,
    0x19,
)
UDP = b"\x11\0\0\0"
LOOPBACK = struct.pack("!BBHI", 0, 1, 9 ^ COOKIE >> 16, 0x7F000001 ^ COOKIE)
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)
NO_CHECK_TIME, PARTIAL_CHAIN = 0x200000, 0x80000  # of OpenSSL; Python has no words for them


class Line:
    """A connected socket with whole STUN messages on it, and the credentials for them."""

    def __init__(self, line: socket.socket, secret: str) -> None:
        self.line = line
        self.user = f"{int(time.time()) + 60}:health".encode()
        self.password = base64.b64encode(hmac.digest(secret.encode(), self.user, "sha1"))
        self.signed: dict[int, bytes] = {}

    def ask(self, method: int, *attributes: tuple[int, bytes]) -> dict[int, bytes]:
        """The attributes of the answer; those of an error have ERROR among them."""
        transaction = os.urandom(12)
        body = b"".join(attribute(kind, value) for kind, value in (*attributes, *self.signed.items()))
        if self.signed:
            words = (self.user.decode(), self.signed[REALM].decode(), self.password.decode())
            key = hashlib.md5(":".join(words).encode(), usedforsecurity=False).digest()
            head = struct.pack("!HHI", method, len(body) + 24, COOKIE) + transaction
            body += attribute(INTEGRITY, hmac.digest(key, head + body, "sha1"))
        message = struct.pack("!HHI", method, len(body), COOKIE) + transaction + body
        self.line.sendall(message)
        answer = self.receive()
        if answer[8:20] != transaction:
            raise OSError("answered another question")
        return read(answer[20:])

    def receive(self) -> bytes:
        if self.line.type == socket.SOCK_DGRAM:
            return self.line.recv(2048)
        data = b""
        while len(data) < 20 or len(data) < 20 + struct.unpack("!H", data[2:4])[0]:
            part = self.line.recv(2048)
            if not part:
                raise OSError("closed the connection too early")
            data += part
        return data

    def log_in(self) -> None:
        """Realm and nonce of the relay, which asks for credentials."""
        asked = self.ask(ALLOCATE, (TRANSPORT, UDP))
        if refusal(asked) != 401:
            raise OSError("does not ask for credentials")
        self.signed = {USERNAME: self.user, REALM: asked[REALM], NONCE: asked[NONCE]}

    def lend(self) -> None:
        """A relayed address, no way from it to this host, and the address back."""
        self.log_in()
        answer = self.ask(ALLOCATE, (TRANSPORT, UDP))
        if ERROR in answer or RELAYED not in answer:
            raise OSError(f"lends no address ({refusal(answer)})")
        if refusal(self.ask(PERMIT, (PEER, LOOPBACK))) != 403:
            raise OSError("leads to this host's own services")
        self.ask(REFRESH, (LIFETIME, bytes(4)))


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def read(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while len(body) >= 4:
        kind, size = struct.unpack("!HH", body[:4])
        found[kind] = body[4 : 4 + size]
        body = body[4 + size + -size % 4 :]
    return found


def refusal(answer: dict[int, bytes]) -> int:
    """The code of an error, 0 for none."""
    return answer[ERROR][2] * 100 + answer[ERROR][3] if ERROR in answer else 0


def trust(chain: str) -> ssl.SSLContext:
    """Trusts the certificate in the file and nothing else, not even who issued it."""
    found = CERTIFICATE.search(Path(chain).read_text(encoding="ascii", errors="replace"))
    if not found:
        raise OSError(f"{chain} holds no certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= NO_CHECK_TIME | PARTIAL_CHAIN
    context.load_verify_locations(cadata=found.group())
    return context


def over_udp(there: tuple[str, int], secret: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(TIMEOUT)
        line.connect(there)
        if ERROR in Line(line, secret).ask(BINDING):
            raise OSError("tells nobody the own address")
        Line(line, secret).lend()


def over_tcp(there: tuple[str, int], secret: str) -> None:
    with socket.create_connection(there, TIMEOUT) as line:
        Line(line, secret).lend()


def over_tls(there: tuple[str, int], secret: str, name: str, chain: str) -> None:
    context = trust(chain)
    with socket.create_connection(there, TIMEOUT) as plain:
        try:
            line = context.wrap_socket(plain, server_hostname=name)
        except ssl.SSLCertVerificationError as reason:
            raise OSError(f"presents another certificate than the one in its file, or not for {name}") from reason
        with line:
            Line(line, secret).lend()


def main() -> int:
    name, address, port, tls_port, chain, settings = sys.argv[1:]
    rows = Path(settings).read_text(encoding="ascii").splitlines()
    secret = next(row.partition("=")[2] for row in rows if row.startswith("static-auth-secret="))
    plain, secured = (address, int(port)), (address, int(tls_port))
    checks = {
        f"{port}/udp": lambda: over_udp(plain, secret),
        f"{port}/tcp": lambda: over_tcp(plain, secret),
        f"{tls_port}/tcp (TLS)": lambda: over_tls(secured, secret, name, chain),
    }
    wrong = []
    for what, check in checks.items():
        try:
            check()
        except (OSError, KeyError, struct.error) as reason:
            wrong.append(f"{name}: {address} {what}: {reason}")
    with contextlib.suppress(BrokenPipeError):
        print("".join(f"{line}\n" for line in wrong), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
