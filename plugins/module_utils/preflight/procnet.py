"""Reads the kernel's own socket tables, so that a bare host needs no tool for it.

Format: ``Documentation/networking/proc_net_tcp.rst`` of the Linux kernel; addresses are hexadecimal words in host byte order.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

TCP_LISTEN = "0A"
UDP_UNCONNECTED = "07"


@dataclass(frozen=True)
class Listener:
    """A socket that waits for peers: ``address`` as text (``0.0.0.0`` and ``::`` are the wildcards)."""

    protocol: str
    address: str
    port: int
    inode: str


def address(word: str) -> str:
    """Text form of the kernel's hexadecimal address (8 digits IPv4, 32 digits IPv6)."""
    raw = b"".join(struct.pack("=I", int(word[at : at + 8], 16)) for at in range(0, len(word), 8))
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    text = socket.inet_ntop(socket.AF_INET6, raw)
    return text[7:] if text.startswith("::ffff:") and "." in text else text


def listeners(protocol: str, table: str) -> tuple[Listener, ...]:
    """The listening sockets of one table (``/proc/net/tcp`` and the like); connected ones are left out."""
    state = TCP_LISTEN if protocol == "tcp" else UDP_UNCONNECTED
    found = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == state:
            where, port = fields[1].split(":")
            found.append(Listener(protocol, address(where), int(port, 16), fields[9]))
    return tuple(found)


def socket_inode(link: str) -> str:
    """The inode in the target of a ``/proc/<pid>/fd`` link, empty when that is no socket."""
    return link[8:-1] if link.startswith("socket:[") else ""


def merged(found: Iterable[Listener], owners: dict[str, tuple[int, str]]) -> list[dict[str, object]]:
    """The listeners with the process that holds each; one row for the same socket address and process name."""
    rows: dict[tuple[str, int, str, str], int] = {}
    for listener in found:
        pid, process = owners.get(listener.inode, (0, ""))
        key = (listener.protocol, listener.port, listener.address, process)
        rows[key] = min(pid, rows.get(key, sys.maxsize))
    return [
        {"protocol": protocol, "port": port, "address": where, "process": process, "pid": pid}
        for (protocol, port, where, process), pid in sorted(rows.items())
    ]
