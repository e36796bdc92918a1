# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets as bytes: a UDP answer from any address, headers of protocols without ports, and what a tap reads. Pure."""

from __future__ import annotations

import socket
import struct

Endpoint = tuple[str, int]
#: (protocol number, source, source port, destination, destination port); ports are 0 where there are none.
Header = tuple[int, str, int, str, int]

#: Told apart by a tap: the traffic class of questions (an old "reliability" bit; no ECN, no rule looks at it).
MARK = 4

_UDP = 17


def udp_packet(family: int, source: Endpoint, to: Endpoint, data: bytes) -> bytes:
    """A whole IP packet (RFC 768, 791, 8200); the kernel fills in what is left 0."""
    head = struct.pack("!HHHH", source[1], to[1], 8 + len(data), 0)
    here, there = socket.inet_pton(family, source[0]), socket.inet_pton(family, to[0])
    if family == socket.AF_INET:
        total = 20 + len(head) + len(data)
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, total, 0, 0, 64, _UDP, 0, here, there) + head + data
    # IPv6 has no UDP without a checksum
    covered = here + there + struct.pack("!IHBB", len(head) + len(data), 0, 0, _UDP) + head + data
    head = head[:6] + struct.pack("!H", checksum(covered) or 0xFFFF)
    return struct.pack("!IHBB16s16s", 6 << 28, len(head) + len(data), _UDP, 64, here, there) + head + data


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def portless(protocol: str, question: bytes) -> bytes:
    """A header that passes for the protocol's (RFC 4302, 4303, 2784), with the question behind it."""
    if protocol == "esp":
        return struct.pack("!II", 4096, 1) + question
    if protocol == "ah":  # next header none, 24 bytes in all: 4 words after the first two
        return struct.pack("!BBHII", 59, 4, 0, 4096, 1) + question
    return struct.pack("!HH", 0, 0x88B5) + question  # an EtherType for experiments


def header(data: bytes) -> Header | None:
    """Read the addresses and ports of an IP packet; None for what is neither IPv4 nor IPv6."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        family, protocol, start = socket.AF_INET, data[9], (data[0] & 15) * 4
        source, to = data[12:16], data[16:20]
    elif len(data) >= 40 and data[0] >> 4 == 6:
        family, protocol, start = socket.AF_INET6, data[6], 40
        source, to = data[8:24], data[24:40]
    else:
        return None
    ports = (0, 0)
    if protocol in (6, _UDP) and len(data) >= start + 4:
        ports = struct.unpack("!HH", data[start : start + 4])
    return protocol, socket.inet_ntop(family, source), ports[0], socket.inet_ntop(family, to), ports[1]
