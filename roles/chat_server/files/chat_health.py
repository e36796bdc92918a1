"""Does this chat server answer? Real answers on 5222 and 443, the certificate verified as a client would.

chat_health.py NAME ROOT_CERTIFICATE; exit status 0 and silence, or 1 and what is wrong.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
import sys

TIMEOUT = 5
# What a browser asks for a websocket with
UPGRADE = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: xmpp",
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
]


def receive(stream: socket.socket, end: bytes) -> bytes:
    """What comes, up to and with the marker C(end)."""
    data = b""
    while end not in data:
        part = stream.recv(4096)
        if not part:
            raise OSError("closed the connection too early")
        data += part
    return data


def xmpp(name: str, context: ssl.SSLContext) -> None:
    """STARTTLS on 5222, a verified certificate, and an offer to log in."""
    opening = (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        f"xmlns:stream='http://etherx.jabber.org/streams' to='{name}'>"
    ).encode()
    with socket.create_connection(("127.0.0.1", 5222), TIMEOUT) as plain:
        plain.sendall(opening)
        if b"<starttls" not in receive(plain, b"</stream:features>"):
            raise OSError("offers no STARTTLS")
        plain.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        receive(plain, b"<proceed")
        with context.wrap_socket(plain, server_hostname=name) as secured:
            secured.sendall(opening)
            if b"SCRAM-SHA-256" not in receive(secured, b"</stream:features>"):
                raise OSError("offers no log-in")
            secured.sendall(b"</stream:stream>")


def https(name: str, context: ssl.SSLContext, path: str, headers: list[str], expected: str) -> None:
    """One request on 443 and the status of its answer."""
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {name}", *headers, "", ""])
    plain = socket.create_connection(("127.0.0.1", 443), TIMEOUT)
    with plain, context.wrap_socket(plain, server_hostname=name) as secured:
        secured.sendall(request.encode())
        status = receive(secured, b"\r\n\r\n").split(b"\r\n", 1)[0].decode("ascii", "replace")
    if status.split()[1:2] != [expected]:
        raise OSError(f"answered {status}")


def main() -> int:
    name, root = sys.argv[1:3]
    context = ssl.create_default_context(cafile=root)
    checks = {
        "5222 (native clients)": lambda: xmpp(name, context),
        "443 (web client)": lambda: https(name, context, "/", ["Connection: close"], "200"),
        "443 (websocket)": lambda: https(name, context, "/ws", UPGRADE, "101"),
    }
    wrong = []
    for what, check in checks.items():
        try:
            check()
        except (OSError, ValueError) as reason:
            wrong.append(f"{what}: {reason}\n")
    print("".join(wrong), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
