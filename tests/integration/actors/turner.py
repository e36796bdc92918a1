"""Runs on a desk: a client of a relay (RFC 8656) that also asks for what it must not get, told what to do by lines of JSON.

The standard library is all it needs. TLS is verified by name against what this host trusts.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
import socket
import ssl
import struct
import sys
import time

COOKIE = 0x2112A442
METHODS = {
    "binding": 0x001, "allocate": 0x003, "refresh": 0x004, "permit": 0x008, "bind": 0x009, "connect": 0x00A,
}  # fmt: skip
SEND, DATA = 0x016, 0x017
USERNAME, INTEGRITY, ERROR, CHANNEL, LIFETIME, PEER, CONTENT = 0x06, 0x08, 0x09, 0x0C, 0x0D, 0x12, 0x13
REALM, NONCE, RELAYED, FAMILY, TRANSPORT, MAPPED, SOFTWARE = 0x14, 0x15, 0x16, 0x17, 0x19, 0x20, 0x8022
FAMILIES = {4: b"\1\0\0\0", 6: b"\2\0\0\0"}
PATIENCE = 4
FIRST_CHANNEL = 0x4000


class Silence(OSError):
    """No answer came in time."""


def row(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def rows(body):
    found = {}
    while len(body) >= 4:
        kind, size = struct.unpack("!HH", body[:4])
        found.setdefault(kind, body[4 : 4 + size])
        body = body[4 + size + -size % 4 :]
    return found


def mask(packed, transaction):
    return bytes(one ^ two for one, two in zip(packed, struct.pack("!I", COOKIE) + transaction))


def place(address, port, transaction):
    """XOR-PEER-ADDRESS of an address of either family."""
    ip = ipaddress.ip_address(address)
    return struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, port ^ COOKIE >> 16) + mask(ip.packed, transaction)


def unplace(value, transaction):
    """Address and port of a XOR-...-ADDRESS."""
    port = struct.unpack("!H", value[2:4])[0] ^ COOKIE >> 16
    return [str(ipaddress.ip_address(mask(value[4:], transaction))), port]


class Line:
    """A way to the relay, its messages, and what was relayed to it."""

    def __init__(self, relay):
        self.datagrams = relay["transport"] == "udp"
        there = (relay["address"], relay["port"])
        if self.datagrams:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(there)
        else:
            self.socket = socket.create_connection(there, PATIENCE)
            if relay["transport"] == "tls":
                self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=relay["name"])
        self.signed, self.key, self.rest, self.heard, self.seen = {}, b"", b"", [], {}

    def message(self, kind, transaction, attributes):
        body = b"".join(row(*one) for one in [*attributes, *self.signed.items()])
        if self.signed:
            head = struct.pack("!HHI", kind, len(body) + 24, COOKIE) + transaction
            body += row(INTEGRITY, hmac.new(self.key, head + body, "sha1").digest())
        return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body

    def ask(self, method, *attributes):
        """The answer's attributes; a peer is given as its address and port."""
        transaction = os.urandom(12)
        made = [(kind, place(*value, transaction) if kind == PEER else value) for kind, value in attributes]
        message = self.message(METHODS[method], transaction, made)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.socket.sendall(message)
            again = time.monotonic() + (1 if self.datagrams else PATIENCE)
            while time.monotonic() < again:
                got = self.receive(again)
                if got and got[1] == transaction:
                    self.seen = got[2]
                    return got[2]
        raise Silence(f"{method}: no answer")

    def receive(self, until):
        """The next message (kind, transaction, attributes), or None; what was relayed is kept."""
        self.socket.settimeout(max(until - time.monotonic(), 0.01))
        try:
            part = self.socket.recv(65536)
        except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
            return None
        if not part and not self.datagrams:
            raise Silence("the relay has closed the connection")
        self.rest = part if self.datagrams else self.rest + part
        got = None
        while len(self.rest) >= 4:
            first, size = struct.unpack("!HH", self.rest[:4])
            relayed = first >= FIRST_CHANNEL
            whole = 4 + size + (-size % 4 if not self.datagrams else 0) if relayed else 20 + size
            if len(self.rest) < whole:
                break
            one, self.rest = self.rest[:whole], self.rest[whole:]
            if relayed:
                self.heard.append([first, one[4 : 4 + size].decode()])
                continue
            found = rows(one[20:])
            if first == DATA:
                self.heard.append([unplace(found[PEER], one[8:20]), found[CONTENT].decode()])
            else:
                got = (first, one[8:20], found)
        return got


def code(answer):
    return answer[ERROR][2] * 100 + answer[ERROR][3] if ERROR in answer else 0


class Person:
    def __init__(self):
        self.lines = {}
        self.peer = None

    def binding(self, relay):
        """What the relay sees this host as, and the kinds of attributes in its answer."""
        line = Line(relay)
        transaction = os.urandom(12)
        line.socket.sendall(line.message(METHODS["binding"], transaction, []))
        got = line.receive(time.monotonic() + PATIENCE)
        line.socket.close()
        return {"seen_as": unplace(got[2][MAPPED], transaction)[0], "kinds": sorted(got[2])} if got else None

    def allocate(self, name, relay, user, password, realm="", protocol=17, family=0):
        """Ask for a relayed address: where it is, or the code of the refusal."""
        line = Line(relay)
        wanted = [(TRANSPORT, bytes([protocol, 0, 0, 0])), *([(FAMILY, FAMILIES[family])] if family else [])]
        asked = line.ask("allocate", *wanted)
        if code(asked) != 401:
            return {"refused": code(asked), "asked": False}
        its = asked[REALM].decode()
        line.signed = {USERNAME: user.encode(), REALM: (realm or its).encode(), NONCE: asked[NONCE]}
        line.key = hashlib.md5(f"{user}:{realm or its}:{password}".encode()).digest()
        answer = line.ask("allocate", *wanted)
        if code(answer):
            line.socket.close()
            return {"refused": code(answer), "realm": its, "kinds": sorted({*asked, *answer})}
        self.lines[name] = line
        # the address does not hold its transaction when it is one of IPv4
        return {"relayed": unplace(answer[RELAYED], bytes(12)), "realm": its, "kinds": sorted({*asked, *answer})}

    def crowd(self, count, relay, user, password):
        """That many addresses at a time, or as many as there are: how it ended, and all given back."""
        codes = []
        for at in range(count):
            codes.append(self.allocate(f"crowd {at}", relay, user, password).get("refused", 0))
        for at in range(count):
            if f"crowd {at}" in self.lines:
                self.release(f"crowd {at}")
        return codes

    def permit(self, name, peer):
        """The code of the refusal, 0 for none."""
        return code(self.lines[name].ask("permit", (PEER, (peer, 0))))

    def bind(self, name, peer, port, number=0):
        return code(self.lines[name].ask("bind", (CHANNEL, struct.pack("!HH", FIRST_CHANNEL + number, 0)), (PEER, (peer, port))))

    def connect(self, name, peer, port):
        """Relaying over TCP (RFC 6062)."""
        return code(self.lines[name].ask("connect", (PEER, (peer, port))))

    def refresh(self, name):
        return code(self.lines[name].ask("refresh", (LIFETIME, struct.pack("!I", 600))))

    def release(self, name):
        line = self.lines.pop(name)
        ended = code(line.ask("refresh", (LIFETIME, bytes(4))))
        line.socket.close()
        return ended

    def send(self, name, peer, port, text):
        """An indication; nobody answers it."""
        line, transaction = self.lines[name], os.urandom(12)
        attributes = [(PEER, place(peer, port, transaction)), (CONTENT, text.encode())]
        body = b"".join(row(*one) for one in attributes)
        line.socket.sendall(struct.pack("!HHI", SEND, len(body), COOKIE) + transaction + body)

    def say(self, name, text, number=0):
        """Over a channel."""
        data = text.encode()
        line = self.lines[name]
        line.socket.sendall(struct.pack("!HH", FIRST_CHANNEL + number, len(data)) + data + bytes(-len(data) % 4))

    def hear(self, name, seconds=1.0):
        """What was relayed, as [peer or channel, text], up to the first of it or the time."""
        line, until = self.lines[name], time.monotonic() + seconds
        while not line.heard and time.monotonic() < until:
            line.receive(until)
        heard, line.heard = line.heard, []
        return heard

    # --- without a relay ------------------------------------------------------------------------------------------

    def sit(self, address, port=0):
        """Be a peer: the port where this host hears datagrams."""
        self.peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.peer.bind((address, port))
        return self.peer.getsockname()[1]

    def tell(self, address, port, text):
        self.peer.sendto(text.encode(), (address, port))

    def listen(self, seconds=1.0):
        """What was heard as a peer, from whom, or None."""
        self.peer.settimeout(seconds)
        try:
            text, (address, port) = self.peer.recvfrom(65536)
        except (TimeoutError, socket.timeout):
            return None
        return [address, port, text.decode()]

    def opens(self, address, port):
        try:
            socket.create_connection((address, port), 2).close()
        except OSError as error:
            return type(error).__name__
        return "open"

    def handshake(self, address, port, name, newest):
        """The version of TLS that is agreed on where ours is not newer, or the error."""
        context = ssl.create_default_context()
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, newest)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        try:
            plain = socket.create_connection((address, port), PATIENCE)
            with plain, context.wrap_socket(plain, server_hostname=name) as line:
                return line.version()
        except OSError as error:
            return type(error).__name__


def main():
    person = Person()
    for text in sys.stdin:
        order = json.loads(text)
        try:
            answer = {"value": getattr(person, order["do"])(*order["with"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
