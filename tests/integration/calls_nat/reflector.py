"""Runs in a host's network: tells whoever asks how he is seen from here (STUN), and asks others how they see us.

serve ADDRESS...                answers on every address, UDP 3478 and 3479 and TCP 80, 443 and 3478, until standard input ends
ask ADDRESS:PORT[/CHANGE]...    from one socket: how each sees us, as JSON; null where nobody answers. CHANGE asks for an
                                answer from another port (1) or another address (2)
connect ADDRESS:PORT...         which of them take a TCP connection, as JSON
"""

from __future__ import annotations

import ipaddress
import json
import os
import select
import socket
import struct
import sys
import time

COOKIE = 0x2112A442
REQUEST, ANSWER = 0x0001, 0x0101
CHANGE_REQUEST, XOR_MAPPED_ADDRESS = 0x0003, 0x0020
CHANGE_ADDRESS, CHANGE_PORT = 4, 2  # RFC 5780, 7.2
UDP_PORTS, TCP_PORTS = (3478, 3479), (80, 443, 3478)
PATIENCE = 1.0


def _message(kind, transaction, attribute, value):
    body = struct.pack("!HH", attribute, len(value)) + value
    return struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body


def _answer(request, client):
    seen = struct.pack("!xBHI", 1, client[1] ^ (COOKIE >> 16), int(ipaddress.IPv4Address(client[0])) ^ COOKIE)
    return _message(ANSWER, request[8:20], XOR_MAPPED_ADDRESS, seen)


def _seen(answer):
    port, address = struct.unpack("!HI", answer[26:32])
    return f"{ipaddress.IPv4Address(address ^ COOKIE)}:{port ^ (COOKIE >> 16)}"


def _bound(kind, address, port):
    one = socket.socket(type=kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((address, port))
    return one


def serve(*addresses):
    udp = {(address, port): _bound(socket.SOCK_DGRAM, address, port) for address in addresses for port in UDP_PORTS}
    tcp = [_bound(socket.SOCK_STREAM, addresses[-1], port) for port in TCP_PORTS]
    for one in tcp:
        one.listen()
    print("ready", flush=True)
    while True:
        for one in select.select([sys.stdin, *udp.values(), *tcp], [], [])[0]:
            if one is sys.stdin:
                return
            if one in tcp:
                one.accept()[0].close()
                continue
            request, client = one.recvfrom(2000)
            (flags,) = struct.unpack("!I", request[24:28])
            address, port = one.getsockname()
            if flags & CHANGE_ADDRESS:
                (address,) = set(addresses) - {address}
            if flags & CHANGE_PORT:
                (port,) = set(UDP_PORTS) - {port}
            udp[address, port].sendto(_answer(request, client), client)


def _place(text):
    address, port = text.split("/")[0].split(":")
    return address, int(port)


def ask(*places):
    one = socket.socket(type=socket.SOCK_DGRAM)
    said = dict.fromkeys(places)
    asked = {}
    for place in places:
        change = int(place.partition("/")[2] or 0)
        flags = CHANGE_PORT * (change & 1) | CHANGE_ADDRESS * (change >> 1)
        transaction = os.urandom(12)
        asked[transaction] = place
        one.sendto(_message(REQUEST, transaction, CHANGE_REQUEST, struct.pack("!I", flags)), _place(place))
    end = time.monotonic() + PATIENCE
    while not all(said.values()) and select.select([one], [], [], max(0, end - time.monotonic()))[0]:
        answer = one.recv(2000)
        said[asked[answer[8:20]]] = _seen(answer)
    print(json.dumps(said))


def connect(*places):
    taken = []
    for place in places:
        try:
            socket.create_connection(_place(place), PATIENCE).close()
            taken.append(place)
        except OSError:
            pass
    print(json.dumps(taken))


{"serve": serve, "ask": ask, "connect": connect}[sys.argv[1]](*sys.argv[2:])
