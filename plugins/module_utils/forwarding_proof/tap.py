# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees questions enter a namespace: silence is a refusal only when the question did get to the router."""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import Callable

from .network import Network
from .packet import MARK, Header, header

_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_ETH_P_ALL = 0x0003
#: Where a classic BPF program finds whether a packet goes out, and the value that says so (linux/filter.h, if_packet.h).
_PACKET_TYPE, _OUTGOING = 0xFFFFF000 + 4, 4
_TAKE = 128

_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE, _AND, _EQUAL, _RETURN = 0x20, 0x28, 0x30, 0x54, 0x15, 0x06
#: (code, jump if true, jump if false, value): incoming packets with MARK as their traffic class.
_PROGRAM = (
    (_LOAD_WORD, 0, 0, _PACKET_TYPE),
    (_EQUAL, 9, 0, _OUTGOING),
    (_LOAD_BYTE, 0, 0, 0),
    (_AND, 0, 0, 0xF0),
    (_EQUAL, 0, 2, 0x40),
    (_LOAD_BYTE, 0, 0, 1),
    (_EQUAL, 3, 4, MARK),
    (_LOAD_HALF, 0, 0, 0),
    (_AND, 0, 0, 0x0FF0),
    (_EQUAL, 0, 1, MARK << 4),
    (_RETURN, 0, 0, _TAKE),
    (_RETURN, 0, 0, 0),
)


class Tap:
    """A socket that sees marked packets come in by any interface of a namespace."""

    def __init__(self, network: Network, name: str, seen: Callable[[Header, bytes], None]) -> None:
        self._seen = seen
        with network.inside(name):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(_ETH_P_ALL))
        code = b"".join(struct.pack("=HBBI", *step) for step in _PROGRAM)
        memory = ctypes.create_string_buffer(code)
        program = struct.pack("@HP", len(_PROGRAM), ctypes.addressof(memory))
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        except PermissionError:  # in a user namespace; the loop reads often enough
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)

    def read(self, _events: int = 0) -> None:
        """Report all that came since the last time."""
        while True:
            try:
                data = self.socket.recv(_TAKE)
            except (BlockingIOError, ConnectionError):
                return
            except OSError:  # an interface went down
                return
            found = header(data)
            if found:
                self._seen(found, data)
