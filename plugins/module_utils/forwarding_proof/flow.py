# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question on its way: a client's socket in the namespace of its row."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct

from .packet import MARK, portless
from .row import NUMBERS, ROUTER, Row, Seen
from .sink import QUESTION, payload, transparent

_SO_MARK, _IPV6_TCLASS = 36, 67
_IN_PROGRESS = (0, errno.EINPROGRESS)
_NO_LINGER = struct.pack("ii", 1, 0)
#: The network's way to say no; the row is refused, though not in silence.
_REFUSALS = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.ECONNRESET, errno.EPROTO}


class Flow:
    """A question that was sent and what became of it.

    ``done`` is when nothing more is to come of it, ``arrived`` is whether the question was seen to enter the router;
    ``unsent`` is why it could not even be sent.
    """

    __slots__ = ("arrived", "asked", "conn", "done", "passed", "port", "row", "seen", "serial", "sock", "unsent")

    def __init__(self, row: Row, serial: int, port: int) -> None:
        self.row, self.serial, self.port = row, serial, port
        self.seen = Seen()
        self.sock: socket.socket | None = None
        self.conn: socket.socket | None = None
        self.asked = self.done = False
        self.arrived = row.space == ROUTER
        self.unsent = ""
        #: Where it was going, and from whom, when a tap saw its packets beyond the router; taps see marked questions alone.
        self.passed: tuple[tuple[str, int], tuple[str, int]] | None = None

    def open(self, marked: bool, wan_mark: int) -> None:
        """Make the socket and send the question; must be called inside the row's namespace."""
        row = self.row
        kind, number = _kind(row)
        sock = self.sock = socket.socket(row.family, kind | socket.SOCK_NONBLOCK, number)
        if row.space != ROUTER:
            transparent(sock, row.family)
        if marked:
            _mark(sock, row.family)
        if wan_mark:
            sock.setsockopt(socket.SOL_SOCKET, _SO_MARK, wan_mark)
        if row.protocol == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        try:
            if row.source or row.ported:
                sock.bind((row.source or _any(row.family), self.port))
            code = sock.connect_ex((row.destination, row.port))
        except OSError as error:
            self.unsent, self.done = f"no socket at {row.source}: {error.strerror}", True
            return
        if code not in _IN_PROGRESS:
            self._fault(code)
        else:
            self.ask()

    def ask(self) -> None:
        """Send the question, once the connection allows it."""
        if self.sock is None or self.asked or self.done:
            return
        data = QUESTION.pack(b"Q", self.serial)
        if not self.row.ported:
            data = portless(self.row.protocol, data)
        try:
            self.sock.send(data)
            self.asked = True
        except BlockingIOError:
            return
        except OSError as error:
            self._fault(error.errno or 0)

    def repeat(self) -> None:
        """Send a datagram once more, which TCP does by itself."""
        if self.row.protocol != "tcp" and not self.done:
            self.asked = False
            self.ask()

    def ready(self, _events: int) -> bool:
        """Read what there is; True when the answer came."""
        if self.sock is None or self.done:
            return False
        self.ask()
        try:
            data = self.sock.recv(512)
        except BlockingIOError:
            return False
        except OSError as error:
            self._fault(error.errno or 0)
            return False
        found = payload(data)
        if found != (b"A", self.serial):
            if not data:
                self.seen.note, self.done = "the connection was closed without an answer", True
            return False
        self.seen.answered = self.done = True
        return True

    def _fault(self, code: int) -> None:
        words, self.done = os.strerror(code), True
        if code in _REFUSALS or (code == errno.EPERM and self.row.space == ROUTER):
            self.seen.note = words
        else:
            self.unsent = words

    @property
    def got_through(self) -> bool:
        """Whether anything of it came to somebody, answered or not."""
        return self.seen.answered or self.seen.at is not None or self.passed is not None

    def arrived_as_needed(self) -> bool:
        """Whether silence would mean anything: a row that is refused must have come to the router."""
        return self.row.reach or self.arrived

    def close(self) -> None:
        """Close both ends."""
        for sock in (self.sock, self.conn):
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.close()
        self.sock = self.conn = None


def _kind(row: Row) -> tuple[int, int]:
    if row.protocol == "tcp":
        return socket.SOCK_STREAM, 0
    if row.protocol == "udp":
        return socket.SOCK_DGRAM, 0
    return socket.SOCK_RAW, NUMBERS[row.protocol]


def _mark(sock: socket.socket, family: int) -> None:
    if family == socket.AF_INET:
        sock.setsockopt(socket.SOL_IP, socket.IP_TOS, MARK)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_TCLASS, MARK)


def _any(family: int) -> str:
    return "0.0.0.0" if family == socket.AF_INET else "::"
