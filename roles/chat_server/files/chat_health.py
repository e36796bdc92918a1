#!/usr/bin/python3
"""Does this chat server answer? Real answers on 5222 and 443, the certificate verified as a client would.

chat_health.py NAME ROOT_CERTIFICATE; exit status 0 and silence, or 1 and what is wrong.
"""

import base64
import os
import socket
import ssl
import sys

TIMEOUT = 5


def receive(stream, end):
    """Bytes up to and with the marker `end`."""
    data = b""
    while end not in data:
        part = stream.recv(4096)
        if not part:
            raise OSError("closed the connection after %r" % data[-80:])
        data += part
    return data


def xmpp(name, context):
    """STARTTLS on 5222, a verified certificate, and an offer to log in."""
    opening = (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "
        "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>" % name
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


def https(name, context, path, headers, expected):
    """One request on 443; the status and some text that the answer must hold."""
    lines = ["GET %s HTTP/1.1" % path, "Host: %s" % name, *headers, "", ""]
    with socket.create_connection(("127.0.0.1", 443), TIMEOUT) as plain:
        with context.wrap_socket(plain, server_hostname=name) as secured:
            secured.sendall("\r\n".join(lines).encode())
            head = receive(secured, b"\r\n\r\n")
    status = head.split(b"\r\n", 1)[0]
    if status.split()[1:2] != [expected]:
        raise OSError("answered %s" % status.decode("ascii", "replace"))


def main():
    name, root = sys.argv[1:3]
    context = ssl.create_default_context(cafile=root)
    upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: xmpp",
        "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(),
    ]
    checks = [
        ("5222 (native clients)", lambda: xmpp(name, context)),
        ("443 (web client)", lambda: https(name, context, "/", ["Connection: close"], b"200")),
        ("443/ws (websocket)", lambda: https(name, context, "/ws", upgrade, b"101")),
    ]
    wrong = []
    for what, check in checks:
        try:
            check()
        except (OSError, ValueError) as reason:
            wrong.append("%s: %s" % (what, reason))
    print("\n".join(wrong), end="")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
