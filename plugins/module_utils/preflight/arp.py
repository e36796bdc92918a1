"""Asks the LAN whether another machine answers for an address (RFC 5227, IPv4 Address Conflict Detection)."""

from __future__ import annotations

import socket
import struct

ETH_ARP = 0x0806
_HEADER = struct.Struct("!6s6sH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")


def packed_mac(text: str) -> bytes:
    return bytes(int(part, 16) for part in text.split(":"))


def probe(mac: str, address: str) -> bytes:
    """An ARP probe (sender address 0.0.0.0, so that no cache is changed) for an IPv4 address, as an Ethernet frame."""
    own = packed_mac(mac)
    request = _ARP.pack(1, 0x0800, 6, 4, 1, own, b"\0" * 4, b"\0" * 6, socket.inet_aton(address))
    return _HEADER.pack(b"\xff" * 6, own, ETH_ARP) + request


def answer(frame: bytes, address: str) -> str:
    """The hardware address that claims ``address`` in an ARP frame, empty when the frame says nothing of it."""
    if len(frame) < _HEADER.size + _ARP.size or _HEADER.unpack_from(frame)[2] != ETH_ARP:
        return ""
    fields = _ARP.unpack_from(frame, _HEADER.size)
    if fields[:2] != (1, 0x0800) or fields[6] != socket.inet_aton(address):
        return ""
    return ":".join(f"{byte:02x}" for byte in fields[5])
