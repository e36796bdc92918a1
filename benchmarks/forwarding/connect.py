"""How long connect() takes through the router, by the number of forwards and the position of the one that is used."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field
from statistics import median

from .intents import FIRST_HOST, PUBLIC, Wanted, forwards, intent
from .network import Line, lines
from .planned import renderings

RESET = struct.pack("ii", 1, 0)  # close at once: no port of the client stays taken
BATCH = 100


@dataclass
class Position:
    """One port of one router, and every measured connection in seconds."""

    target: str
    count: int
    name: str
    address: str
    port: int
    listener: socket.socket
    line: Line
    seconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """Median in microseconds."""
        return median(self.seconds) * 1e6

    def batch(self) -> None:
        """Connect some times, then let the server take notice."""
        with self.line.client.inside():
            sockets = [socket.socket() for _number in range(BATCH)]
        for one in sockets:
            start = time.perf_counter()
            one.connect((self.address, self.port))
            self.seconds.append(time.perf_counter() - start)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.close()
        self.listener.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.listener.accept()[0].close()


def measure(many: int, rounds: int) -> list[Position]:
    """Measure a router without rules, and nftables and iptables with 2 and with ``many`` forwards.

    They take turns, a hundred connections each, so that all see the same machine.
    """
    wanted = forwards(many, hosts=1)
    cases = [(target, count) for target in ("nftables", "iptables") for count in (2, many)]
    with lines(1 + len(cases)) as made:
        positions = [_position(made[0], "no rules", 0, "direct", Wanted(FIRST_HOST, 443, FIRST_HOST, 443))]
        for line, (target, count) in zip(made[1:], cases):
            line.load(renderings(intent(wanted[:count]), target))
            places = {"first": wanted[0]}
            if count > 2:
                places |= {"middle": wanted[count // 2], "last": wanted[count - 1]}
            positions += [_position(line, target, count, name, one) for name, one in places.items()]
        for one in positions:  # neighbours are asked for, caches are warm
            one.batch()
            one.seconds.clear()
        for _round in range(rounds):
            for one in positions:
                one.batch()
    return positions


def _position(line: Line, target: str, count: int, name: str, one: Wanted) -> Position:
    port = 443 if count == 0 else one.public
    address = FIRST_HOST if count == 0 else PUBLIC
    return Position(target, count, name, address, port, line.listen(one.private), line)
