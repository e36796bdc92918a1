"""A host of the lab that answers by TCP, UDP and protocols without ports, or asks; both are programs that end with the test.

``python3 -c PROGRAM answer '{"ports": [...]}'`` answers until it is stopped. ``python3 -c PROGRAM ask '[[source, protocol,
destination, port], ...]'`` prints what came back to each: ``[who answered, as whom we were seen]``, or null.
"""

from __future__ import annotations

import concurrent.futures
import json
import selectors
import socket
import struct
import sys

IP_PKTINFO = 8  # of ip(7); Python has no name for it yet
PROTOCOLS = {"esp": 50, "gre": 47}
QUESTION, PATIENCE = b"onprem?", 3
#: An SPI for ESP (RFC 4303), no flags and an unassigned protocol type for GRE (RFC 2784).
HEADS = {"esp": struct.pack("!II", 4711, 1), "gre": struct.pack("!HH", 0, 0xFFFF)}


def datagrams(kind: int, protocol: int, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, kind, protocol)
    found.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    found.bind(("", port))
    return found


def answer_datagram(listener: socket.socket, protocol: str) -> None:
    """From the address that was asked, which a socket for every address does not choose by itself."""
    data, control, _flags, peer = listener.recvmsg(2000, 200)
    if protocol != "udp":
        data = data[(data[0] & 15) * 4 + len(HEADS[protocol]) :]
    if data != QUESTION:
        return
    _index, _route, asked = struct.unpack("=I4s4s", control[0][2])
    said = HEADS.get(protocol, b"") + f"{socket.inet_ntoa(asked)} {peer[0]}".encode()
    listener.sendmsg([said], [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=I4s4s", 0, asked, asked))], 0, peer)


def answer_stream(listener: socket.socket) -> None:
    connection, peer = listener.accept()
    with connection:
        connection.sendall(f"{connection.getsockname()[0]} {peer[0]}".encode())


def answer(ports: list[int]) -> None:
    watched = selectors.DefaultSelector()
    for port in ports:
        stream = socket.create_server(("", port), backlog=100)
        watched.register(stream, selectors.EVENT_READ, (answer_stream, (stream,)))
    listeners = [("udp", datagrams(socket.SOCK_DGRAM, 0, port)) for port in ports]
    listeners += [(name, datagrams(socket.SOCK_RAW, number, 0)) for name, number in PROTOCOLS.items()]
    for name, listener in listeners:
        watched.register(listener, selectors.EVENT_READ, (answer_datagram, (listener, name)))
    while True:
        for key, _events in watched.select():
            handle, given = key.data
            try:
                handle(*given)
            except OSError as error:
                sys.stderr.write(f"{error}\n")


def ask_stream(source: str, destination: str, port: int) -> str:
    with socket.create_connection((destination, port), PATIENCE, (source, 0)) as connection:
        return connection.recv(200).decode()


def ask_datagram(source: str, protocol: str, destination: str, port: int) -> str:
    number = PROTOCOLS.get(protocol, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW if number else socket.SOCK_DGRAM, number) as asker:
        asker.settimeout(PATIENCE)
        asker.bind((source, 0))
        asker.connect((destination, port))
        asker.send(HEADS.get(protocol, b"") + QUESTION)
        said = QUESTION
        while said == QUESTION:  # a host that asks itself hears its own question too
            said = asker.recv(2000)
            said = said[(said[0] & 15) * 4 + len(HEADS[protocol]) :] if number else said
    return said.decode()


def ask(question: list) -> list[str] | None:
    source, protocol, destination, port = question
    try:
        if protocol == "tcp":
            return ask_stream(source, destination, port).split()
        return ask_datagram(source, protocol, destination, port).split()
    except OSError:
        return None


if sys.argv[1:2] == ["answer"]:
    answer(json.loads(sys.argv[2])["ports"])
elif sys.argv[1:2] == ["ask"]:
    with concurrent.futures.ThreadPoolExecutor(128) as pool:
        sys.stdout.write(json.dumps(list(pool.map(ask, json.loads(sys.argv[2])))))
