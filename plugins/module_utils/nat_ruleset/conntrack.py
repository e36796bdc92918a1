# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the kernel's table of connections and cuts single ones, over netlink.

conntrack(8) would walk the whole table for each one it deletes: ten milliseconds apiece against a few microseconds.
Source: include/uapi/linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Iterator

from .error import NatRulesetError
from .flows import Flow

_NETFILTER = 12
_CTNETLINK = 1 << 8
_GET, _DELETE = 1, 2
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE = 2, 3
_TUPLE_ORIG, _TUPLE_REPLY, _ZONE = 1, 2, 18
_IP, _PROTO = 1, 2
_NUMBER, _SPORT, _DPORT = 1, 2, 3
_NESTED = 0x8000
_ENOENT = 2
#: Address family to the attributes of source and destination.
_ADDRESSES = {socket.AF_INET: (1, 2), socket.AF_INET6: (3, 4)}
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")


def flows(family: int) -> list[Flow]:
    """Every connection of an address family."""
    with _open() as channel:
        channel.send(_message(_GET, _REQUEST | _DUMP, family, b""))
        return [flow for body in _answers(channel) for flow in _flow(body)]


def cut(doomed: Iterable[Flow]) -> int:
    """Forget connections; gives how many were there still."""
    count = 0
    with _open() as channel:
        for flow in doomed:
            channel.send(_message(_DELETE, _REQUEST | _ACK, flow.family, _original(flow)))
            try:
                for _body in _answers(channel):
                    pass
                count += 1
            except FileNotFoundError:
                continue
    return count


def _open() -> socket.socket:
    try:
        channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        channel.settimeout(30)
        channel.bind((0, 0))
    except OSError as error:
        raise NatRulesetError(f"the kernel's table of connections cannot be reached: {error.strerror}") from error
    return channel


def _message(kind: int, flags: int, family: int, body: bytes) -> bytes:
    payload = struct.pack("=BBH", family, 0, 0) + body
    return _HEADER.pack(_HEADER.size + len(payload), _CTNETLINK | kind, flags, 1, 0) + payload


def _answers(channel: socket.socket) -> Iterator[bytes]:
    """The bodies of the messages up to the end of the answer; raises OSError with the kernel's number."""
    while True:
        data = channel.recv(1 << 18)
        offset = 0
        while offset < len(data):
            length, kind, flags, _sequence, _port = _HEADER.unpack_from(data, offset)
            body = data[offset + _HEADER.size : offset + length]
            offset += (length + 3) & ~3
            if kind == _ERROR:
                code = -struct.unpack_from("=i", body)[0]
                if code:
                    raise OSError(code, os.strerror(code))
                return
            if kind == _DONE:
                return
            yield body[4:]
            if not flags & 2:  # not one of several parts
                return


def _attributes(data: bytes) -> dict[int, bytes]:
    found, offset = {}, 0
    while offset + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        found[kind & 0x3FFF] = data[offset + 4 : offset + length]
        offset += max((length + 3) & ~3, 4)
    return found


def _flow(body: bytes) -> Iterator[Flow]:
    attributes = _attributes(body)
    original, reply = _tuple(attributes.get(_TUPLE_ORIG, b"")), _tuple(attributes.get(_TUPLE_REPLY, b""))
    if original and reply:
        zone = struct.unpack(">H", attributes[_ZONE])[0] if _ZONE in attributes else 0
        family, source, destination, number, sport, dport = original
        yield Flow(family, number, source, destination, sport, dport, reply[1], reply[2], reply[4], zone)


def _tuple(data: bytes) -> tuple[int, str, str, int, int, int] | None:
    attributes = _attributes(data)
    addresses, protocol = _attributes(attributes.get(_IP, b"")), _attributes(attributes.get(_PROTO, b""))
    for family, (source, destination) in _ADDRESSES.items():
        if source in addresses and destination in addresses and _NUMBER in protocol:
            sport, dport = (int.from_bytes(protocol.get(port, b""), "big") for port in (_SPORT, _DPORT))
            names = [socket.inet_ntop(family, addresses[key]) for key in (source, destination)]
            return family, names[0], names[1], protocol[_NUMBER][0], sport, dport
    return None


def _attribute(kind: int, data: bytes) -> bytes:
    return _ATTRIBUTE.pack(4 + len(data), kind) + data + bytes(-len(data) % 4)


def _original(flow: Flow) -> bytes:
    source, destination = _ADDRESSES[socket.AddressFamily(flow.family)]
    addresses = _attribute(source, ipaddress.ip_address(flow.source).packed)
    addresses += _attribute(destination, ipaddress.ip_address(flow.destination).packed)
    protocol = _attribute(_NUMBER, bytes([flow.protocol]))
    if flow.sport or flow.dport:
        protocol += _attribute(_SPORT, flow.sport.to_bytes(2, "big")) + _attribute(_DPORT, flow.dport.to_bytes(2, "big"))
    body = _attribute(_IP | _NESTED, addresses) + _attribute(_PROTO | _NESTED, protocol)
    zone = _attribute(_ZONE, struct.pack(">H", flow.zone)) if flow.zone else b""
    return _attribute(_TUPLE_ORIG | _NESTED, body) + zone
