# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs in as the web client and native clients do, TLS verified against a file of authorities.

visit.py web ADDRESS HOST AUTHORITIES DOMAIN USER PASSWORD: by the websocket of https://HOST/, with that page's origin.
visit.py hold ADDRESS DOMAIN AUTHORITIES USER PASSWORD FLAG: by websocket and by 5222; makes the file FLAG, asks both sessions
twice a second whether they are alive, once more when the file is gone, and says how often they were.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
import struct
import sys
import time
from pathlib import Path

PATIENCE = 10
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
PING = "<iq type='get' id='{}' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>"


class Session:
    """What both ways have in common: text goes out, text comes in, and a log-in in between."""

    domain = ""
    stream: ssl.SSLSocket
    heard = ""

    def until(self, pattern):
        while not (found := re.search(pattern, self.heard)):
            self.heard += self.receive()
        self.heard = self.heard[found.end() :]
        return found.group()

    def log_in(self, user, password):
        self.begin()
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>")
        if "success" not in self.until(r"<(success|failure)[^>]*>"):
            raise OSError("refused to let in")
        self.begin()
        self.send(BIND)
        self.until(r"<jid>[^<]+</jid>")

    def alive(self, number):
        self.send(PING.format(number, self.domain))
        self.until(rf"<iq [^>]*id=['\"]{number}['\"][^>]*>")

    def read(self, count):
        data = self.stream.recv(count)
        if not data:
            raise OSError("the other side closed the connection")
        return data


class Websocket(Session):
    def __init__(self, address, host, authorities, domain):
        self.domain, self.data = domain, b""
        self.stream = secure(socket.create_connection((address, 443), PATIENCE), host, authorities)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.data:
            self.data += self.read(4096)
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise OSError(f"no websocket: {head!r}")

    def begin(self):
        self.send(f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{self.domain}' version='1.0'/>")
        self.until(r"</stream:features>")

    def send(self, text):
        """One masked frame of text (RFC 6455, 5.2)."""
        data, mask = text.encode(), os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack(">BH", 0x80 | 126, len(data))
        self.stream.sendall(b"\x81" + size + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def take(self, count):
        while len(self.data) < count:
            self.data += self.read(4096)
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def receive(self):
        kind, size = self.take(2)
        if size == 126:
            (size,) = struct.unpack(">H", self.take(2))
        text = self.take(size).decode()
        if kind & 15 == 8:
            raise OSError(f"the websocket was closed: {text!r}")
        return text


class Native(Session):
    def __init__(self, address, authorities, domain):
        self.domain = domain
        self.stream = socket.create_connection((address, 5222), PATIENCE)
        self.begin()
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.until(r"<proceed")
        self.heard = ""
        self.stream = secure(self.stream, domain, authorities)

    def begin(self):
        self.send(
            f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' to='{self.domain}' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self.until(r"</stream:features>")

    def send(self, text):
        self.stream.sendall(text.encode())

    def receive(self):
        return self.read(4096).decode()


def secure(plain, host, authorities):
    return ssl.create_default_context(cafile=authorities).wrap_socket(plain, server_hostname=host)


def web(address, host, authorities, domain, user, password):
    Websocket(address, host, authorities, domain).log_in(user, password)


def hold(address, domain, authorities, user, password, flag):
    sessions = [Websocket(address, domain, authorities, domain), Native(address, authorities, domain)]
    for session in sessions:
        session.log_in(user, password)
    Path(flag).touch()
    rounds = 0
    turning = True
    while turning:  # once more after the flag is gone: both outlived whatever happened meanwhile
        turning = Path(flag).exists()
        for number, session in enumerate(sessions):
            session.alive(f"{rounds}-{number}")
        rounds += 1
        time.sleep(0.5)
    print(rounds)


{"web": web, "hold": hold}[sys.argv[1]](*sys.argv[2:])
