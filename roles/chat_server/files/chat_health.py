"""Does this chat server answer, with the certificates that it was given? Real answers on 443, 5222 and 5223.

chat_health.py NAME CHAIN [NAME CHAIN]...; exit status 0 and silence, or 1 and what is wrong. The first name is that of the chat,
the others (or addresses) are those that its web client is reached by too. CHAIN is the file of the name's certificate in PEM.

What has to be presented is exactly the certificate in the file, for the name: whoever issued it, whether this host trusts it, and
even when it is over, for then a new one must still be let in.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

TIMEOUT = 5
# What a browser asks for a websocket with
UPGRADE = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: xmpp",
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
]
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)
# Python has no word for it: X509_V_FLAG_NO_CHECK_TIME of OpenSSL
NO_CHECK_TIME = 0x200000
PARTIAL_CHAIN = 0x80000
NOT_THE_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


class Identity:
    """A name or an address, and the certificate that this server shows for it."""

    def __init__(self, name: str, chain: str) -> None:
        self.name = name
        found = CERTIFICATE.search(Path(chain).read_text(encoding="ascii", errors="replace"))
        if not found:
            raise OSError(f"{chain} holds no certificate")
        self.leaf = ssl.PEM_cert_to_DER_cert(found.group())
        # trusts this certificate and nothing else, not even who issued it
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.verify_flags |= NO_CHECK_TIME | PARTIAL_CHAIN
        self.context.load_verify_locations(cadata=found.group())

    @property
    def address(self) -> bool:
        try:
            ipaddress.ip_address(self.name)
        except ValueError:
            return False
        return True

    def secure(self, plain: socket.socket) -> ssl.SSLSocket:
        """TLS over C(plain), with this certificate at its other end."""
        try:
            secured = self.context.wrap_socket(plain, server_hostname=self.name)
        except ssl.SSLCertVerificationError as reason:
            if reason.verify_code in NOT_THE_NAME:
                raise OSError("presents a certificate that does not hold this name") from reason
            raise OSError("presents another certificate than the one in its file") from reason
        if secured.getpeercert(binary_form=True) != self.leaf:
            secured.close()
            raise OSError("presents another certificate than the one in its file")
        return secured


def receive(stream: socket.socket, end: bytes) -> bytes:
    """What comes, up to and with the marker C(end)."""
    data = b""
    while end not in data:
        part = stream.recv(4096)
        if not part:
            raise OSError("closed the connection too early")
        data += part
    return data


def opening(domain: str) -> bytes:
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        f"xmlns:stream='http://etherx.jabber.org/streams' to='{domain}'>"
    ).encode()


def offers_log_in(secured: ssl.SSLSocket, domain: str) -> None:
    secured.sendall(opening(domain))
    if b"SCRAM-SHA-256" not in receive(secured, b"</stream:features>"):
        raise OSError("offers no log-in")
    secured.sendall(b"</stream:stream>")


def starttls(identity: Identity, domain: str) -> None:
    """STARTTLS on 5222, the right certificate, and an offer to log in."""
    with socket.create_connection(("127.0.0.1", 5222), TIMEOUT) as plain:
        plain.sendall(opening(domain))
        if b"<starttls" not in receive(plain, b"</stream:features>"):
            raise OSError("offers no STARTTLS")
        plain.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        receive(plain, b"<proceed")
        with identity.secure(plain) as secured:
            offers_log_in(secured, domain)


def direct(identity: Identity, domain: str) -> None:
    """TLS from the first byte on 5223, the right certificate, and an offer to log in."""
    with socket.create_connection(("127.0.0.1", 5223), TIMEOUT) as plain, identity.secure(plain) as secured:
        offers_log_in(secured, domain)


def https(identity: Identity, path: str, headers: list[str], expected: str) -> None:
    """One request on 443 and the status of its answer."""
    host = f"[{identity.name}]" if ":" in identity.name else identity.name
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *headers, "", ""])
    with socket.create_connection(("127.0.0.1", 443), TIMEOUT) as plain, identity.secure(plain) as secured:
        secured.sendall(request.encode())
        status = receive(secured, b"\r\n\r\n").split(b"\r\n", 1)[0].decode("ascii", "replace")
    if status.split()[1:2] != [expected]:
        raise OSError(f"answered {status}")


def tried(name: str, checks: Mapping[str, Callable[[], None]]) -> list[str]:
    """What is wrong with C(name), of all that is checked."""
    wrong = []
    for what, check in checks.items():
        try:
            check()
        except (OSError, ValueError) as reason:
            wrong.append(f"{name}: {what}: {reason}")
    return wrong


def tell(wrong: list[str]) -> int:
    """Say what is wrong, and with which status to end."""
    print("".join(f"{line}\n" for line in wrong), end="")
    return 1 if wrong else 0


def ask(name: str, chain: str, domain: str) -> list[str]:
    """Everything that is wrong with C(name) on the chat server of C(domain)."""
    try:
        identity = Identity(name, chain)
    except (OSError, ValueError) as reason:
        return [f"{name}: {reason}"]
    checks = {
        "443 (web client)": lambda: https(identity, "/", ["Connection: close"], "200"),
        "443 (websocket)": lambda: https(identity, "/ws", UPGRADE, "101"),
    }
    if not identity.address:  # whom nobody names is taken for somebody of the chat's own name on these two
        checks["5222 (native clients)"] = lambda: starttls(identity, domain)
        checks["5223 (native clients)"] = lambda: direct(identity, domain)
    return tried(name, checks)


def main() -> int:
    words = sys.argv[1:]
    if not words or len(words) % 2:
        print("usage: chat_health.py NAME CHAIN [NAME CHAIN]...", file=sys.stderr)
        return 2
    return tell([line for at in range(0, len(words), 2) for line in ask(words[at], words[at + 1], words[0])])


if __name__ == "__main__":
    sys.exit(main())
