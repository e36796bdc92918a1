# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers for every host and port of a namespace, and says who was asked by whom.

A question is ``Q`` and a number, its answer ``A`` and the number. Outside and in the LANs a TPROXY rule hands every TCP
connection and UDP packet to one socket; in the router, whose rules are on trial, there are plain listeners instead.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable
from typing import Callable, Protocol

from .error import Unavailable
from .network import Network, needed, run, tool
from .packet import udp_packet

#: Where TPROXY hands everything.
PORT = 7
_ANY: dict[int, str] = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
_IP_TRANSPARENT, _IP_ORIGDSTADDR, _IPV6_ORIGDSTADDR, _IPV6_TRANSPARENT, _IP_PKTINFO = 19, 20, 74, 75, 8
_IPV6_RECVPKTINFO, _IPV6_PKTINFO, _IPV6_HDRINCL = 49, 50, 36
QUESTION = struct.Struct("!cI7x")  # 12 bytes: long enough for any protocol's header

_TPROXY_NFT = """table inet onprem_sink {
  chain take {
    type filter hook prerouting priority mangle
    iifname "lo" accept
    meta l4proto tcp tproxy to :%(port)d
    meta l4proto udp tproxy to :%(port)d
  }
}
"""
_TPROXY_IPTABLES = """*mangle
-A PREROUTING -i lo -j ACCEPT
-A PREROUTING -p tcp -j TPROXY --on-port %(port)d
-A PREROUTING -p udp -j TPROXY --on-port %(port)d
COMMIT
"""

Endpoint = tuple[str, int]


class Loop(Protocol):
    """What a sink needs of the event loop."""

    def watch(self, sock: socket.socket, ready: Callable[[int], None]) -> None:
        """Call ``ready`` with the events whenever the socket can be read."""

    def unwatch(self, sock: socket.socket) -> None:
        """Forget a socket, and close it."""

    def arrived(self, serial: int, at: Endpoint, peer: Endpoint, conn: socket.socket | None) -> None:
        """Note that the question arrived; the connection, if there is one, is the loop's from now on."""


def transparent(sock: socket.socket, family: int) -> None:
    """Let a socket have any address."""
    if family == socket.AF_INET:
        sock.setsockopt(socket.SOL_IP, _IP_TRANSPARENT, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_TRANSPARENT, 1)


def take_everything(network: Network, name: str) -> None:
    """Hand all TCP and UDP packets that enter a namespace to the sockets on PORT; raises ProofError."""
    with network.inside(name):
        if nft := tool("nft"):
            words = run([nft, "-f", "-"], _TPROXY_NFT % {"port": PORT})
        else:
            words = ""
            for restore in ("iptables-restore", "ip6tables-restore"):
                words = words or run([needed(restore, "iptables")], _TPROXY_IPTABLES % {"port": PORT})
    if words:
        raise Unavailable(f"this kernel cannot hand packets to a socket (TPROXY): {words}")


class Sink:
    """The sockets that answer in one namespace."""

    def __init__(
        self, network: Network, name: str, loop: Loop, families: Iterable[int], portless: Iterable[tuple[int, int]]
    ) -> None:
        """``portless`` are the (family, number) of protocols without ports."""
        self._loop = loop
        self._network, self._name = network, name
        self._raw: dict[int, socket.socket] = {}
        self._open: list[socket.socket] = []
        with network.inside(name):
            for family in families:
                self._raw[family] = _raw(family)
            for family, number in portless:
                self._portless(family, number)

    def everything(self) -> None:
        """Answer on every port, with the rule of ``take_everything``."""
        with self._network.inside(self._name):
            for family in self._raw:
                self._listener(family, PORT, tproxy=True)
                self._datagrams(family, PORT, tproxy=True)

    def ports(self, wanted: Iterable[tuple[int, str, int]]) -> None:
        """Answer on these (family, protocol, port) alone, instead of the ones before."""
        self.close_ports()
        with self._network.inside(self._name):
            for family, protocol, port in wanted:
                (self._listener if protocol == "tcp" else self._datagrams)(family, port, tproxy=False)

    def close_ports(self) -> None:
        """Answer on no port any more."""
        for sock in self._open:
            self._loop.unwatch(sock)
        self._open = []

    def _socket(self, family: int, kind: int, port: int, tproxy: bool) -> socket.socket:
        sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if tproxy:
            transparent(sock, family)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((_ANY[family], port))
        self._open.append(sock)
        return sock

    def _listener(self, family: int, port: int, tproxy: bool) -> None:
        sock = self._socket(family, socket.SOCK_STREAM, port, tproxy)
        sock.listen(4096)
        self._loop.watch(sock, lambda _events: self._accept(sock))

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                conn, peer = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            conn.setblocking(False)
            at = conn.getsockname()[:2]
            if not self._converse(conn, at, peer[:2]):
                self._loop.watch(conn, lambda _events, conn=conn, at=at, peer=peer: self._later(conn, at, peer[:2]))  # type: ignore[misc]

    def _later(self, conn: socket.socket, at: Endpoint, peer: Endpoint) -> None:
        self._converse(conn, at, peer)

    def _converse(self, conn: socket.socket, at: Endpoint, peer: Endpoint) -> bool:
        """Read the question and answer it; False when it is not there yet."""
        try:
            data = conn.recv(64)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if len(data) != QUESTION.size:
            self._loop.unwatch(conn)
            return True
        serial = QUESTION.unpack(data)[1]
        with contextlib.suppress(OSError):
            conn.send(QUESTION.pack(b"A", serial))
        self._loop.arrived(serial, at, peer, conn)
        return True

    def _datagrams(self, family: int, port: int, tproxy: bool) -> None:
        sock = self._socket(family, socket.SOCK_DGRAM, port, tproxy)
        if family == socket.AF_INET:
            sock.setsockopt(socket.SOL_IP, _IP_ORIGDSTADDR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_ORIGDSTADDR, 1)
        self._loop.watch(sock, lambda _events: self._datagram(sock, family))

    def _datagram(self, sock: socket.socket, family: int) -> None:
        while True:
            try:
                data, extra, _flags, peer = sock.recvmsg(64, 128)
            except (BlockingIOError, ConnectionError):
                return
            at = _original(family, extra)
            if at is None or len(data) != QUESTION.size:
                continue
            kind, serial = QUESTION.unpack(data)
            if kind == b"Q":
                packet = udp_packet(family, at, peer[:2], QUESTION.pack(b"A", serial))
                self._send(family, packet, peer[0])
                self._loop.arrived(serial, at, peer[:2], None)

    def _send(self, family: int, packet: bytes, to: str) -> None:
        with contextlib.suppress(OSError):  # what cannot be sent is not answered, and shows as that
            self._raw[family].sendto(packet, (to, 0))

    def _portless(self, family: int, number: int) -> None:
        sock = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, number)
        if family == socket.AF_INET:
            sock.setsockopt(socket.SOL_IP, _IP_PKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
            transparent(sock, family)
        self._loop.watch(sock, lambda _events: self._raw_packet(sock, family))

    def _raw_packet(self, sock: socket.socket, family: int) -> None:
        while True:
            try:
                data, extra, _flags, peer = sock.recvmsg(512, 128)
            except (BlockingIOError, ConnectionError):
                return
            if family == socket.AF_INET:
                data = data[(data[0] & 15) * 4 :]
            at = _packet_info(family, extra)
            found = payload(data)
            if at is None or found is None or found[0] != b"Q":
                continue
            source = struct.pack("=I4s4s", 0, socket.inet_pton(family, at), bytes(4))
            kind, level = _IP_PKTINFO, socket.SOL_IP
            if family == socket.AF_INET6:
                source, kind, level = socket.inet_pton(family, at) + bytes(4), _IPV6_PKTINFO, socket.IPPROTO_IPV6
            with contextlib.suppress(OSError):
                sock.sendmsg([data.replace(*_swap(found[1]))], [(level, kind, source)], 0, (peer[0], 0))
            self._loop.arrived(found[1], (at, 0), (peer[0], 0), None)


def payload(data: bytes) -> tuple[bytes, int] | None:
    """The kind and number of a portless packet's question, which is its end."""
    if len(data) < QUESTION.size:
        return None
    kind, serial = QUESTION.unpack(data[len(data) - QUESTION.size :])
    return kind, serial


def _swap(serial: int) -> tuple[bytes, bytes]:
    return QUESTION.pack(b"Q", serial), QUESTION.pack(b"A", serial)


def _raw(family: int) -> socket.socket:
    """A socket that sends whole packets."""
    sock = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_RAW)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_HDRINCL, 1)
    return sock


def _original(family: int, extra: list[tuple[int, int, bytes]]) -> Endpoint | None:
    for _level, kind, data in extra:
        if family == socket.AF_INET and kind == _IP_ORIGDSTADDR:
            return socket.inet_ntop(family, data[4:8]), struct.unpack("!H", data[2:4])[0]
        if family == socket.AF_INET6 and kind == _IPV6_ORIGDSTADDR:
            return socket.inet_ntop(family, data[8:24]), struct.unpack("!H", data[2:4])[0]
    return None


def _packet_info(family: int, extra: list[tuple[int, int, bytes]]) -> str | None:
    for _level, kind, data in extra:
        if family == socket.AF_INET and kind == _IP_PKTINFO:
            return socket.inet_ntop(family, data[8:12])
        if family == socket.AF_INET6 and kind == _IPV6_PKTINFO:
            return socket.inet_ntop(family, data[:16])
    return None
