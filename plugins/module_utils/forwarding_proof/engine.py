# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks all rows of a batch at once and waits until nothing can come any more.

One thread, one event loop, sockets in all namespaces. A packet goes through the veth pairs in the queue of the processor
that sent it, in order, and the process stays on one processor. So a packet to itself that comes back through the same
queue shows that all packets before it have been dealt with: silence is told from slowness without waiting.
"""

from __future__ import annotations

import os
import resource
import select
import socket
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Callable

from ..forwarding.model import Plan
from . import topology
from .batches import client_ports
from .flow import Flow
from .network import Network
from .packet import Header
from .row import NUMBERS, OUTSIDE, ROUTER, Row
from .sink import Endpoint, Sink, payload, take_everything
from .tap import Tap

#: Questions that are sent before the queues are looked after; the kernel's queue of one processor holds 1,000 packets.
_BURST = 64
#: How long nothing must have happened, in seconds, before silence is believed, on the first and on the second try.
_QUIET, _PATIENCE = 0.02, 2.5
#: The processors that it may run on at all.
_ALLOWED = os.sched_getaffinity(0)
_WATCH = select.EPOLLIN | select.EPOLLRDHUP


class Engine:
    """The clients, sinks and taps of one network."""

    def __init__(self, plan: Plan, network: Network, rows: Sequence[Row]) -> None:
        self._network = network
        self._marks = topology.marked(plan)
        self._epoll = select.epoll()
        self._handlers: dict[int, tuple[socket.socket, Callable[[int], None]]] = {}
        self._flows: dict[int, Flow] = {}
        self._ports: dict[int, Flow] = {}
        self._serial = 0
        self._busy = 0.0
        self.size = min(2000, (_descriptors() - 256) // 3)
        self._client_ports = client_ports(rows, self.size)
        families = sorted({row.family for row in rows} | {socket.AF_INET})
        portless = sorted({(row.family, NUMBERS[row.protocol]) for row in rows if not row.ported})
        self._sinks = {name: Sink(network, name, self, families, portless) for name in network.names}
        for name, sink in self._sinks.items():
            if name != ROUTER:
                take_everything(network, name)
                sink.everything()
        self._own = _own_addresses(plan)
        for name in network.names:
            self._tap(name, self._entered if name == ROUTER else self._passed)
        with network.inside(OUTSIDE):
            self._canary = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._canary.bind(("127.0.0.1", 0))
        self._canary.connect(self._canary.getsockname())
        self._canary.settimeout(10)

    def ask(self, rows: Sequence[Row], patient: bool = False) -> list[Flow]:
        """Send the rows of one batch and return their flows; ``patient`` gives what does not answer more time."""
        self._network.forget()
        self._listen(rows)
        flows = [self._flow(row, number) for number, row in enumerate(rows)]
        for name, members in _by_space(flows).items():
            for start in range(0, len(members), _BURST):
                with self._network.inside(name):
                    for flow in members[start : start + _BURST]:
                        self._open(flow, patient)
                self._barrier()
        self._settle(flows, patient)
        for flow in flows:
            self._drop(flow)
        self._flows, self._ports = {}, {}
        return flows

    def _tap(self, name: str, seen: Callable[[Header, bytes], None]) -> None:
        tap = Tap(self._network, name, seen)
        self.watch(tap.socket, tap.read)

    def _flow(self, row: Row, number: int) -> Flow:
        self._serial += 1
        flow = Flow(row, self._serial, self._client_ports[number] if row.ported else 0)
        self._flows[flow.serial] = flow
        if row.ported:
            self._ports[flow.port] = flow
        return flow

    def _open(self, flow: Flow, patient: bool) -> None:
        row = flow.row
        flow.open(patient or not row.reach, row.wan + 1 if self._marks and row.space == OUTSIDE else 0)
        if flow.sock is not None and not flow.done:
            events = _WATCH if flow.asked else _WATCH | select.EPOLLOUT
            self.watch(flow.sock, lambda seen, flow=flow: self._client(flow, seen), events)  # type: ignore[misc]

    def _client(self, flow: Flow, events: int) -> None:
        self._busy = time.monotonic()
        asked = flow.asked
        if flow.ready(events):
            self._drop(flow)
        elif flow.sock is not None:
            if flow.done:
                self._handlers.pop(flow.sock.fileno(), None)
                self._epoll.unregister(flow.sock)
            elif flow.asked and not asked:
                self._epoll.modify(flow.sock, _WATCH)

    def _settle(self, flows: Sequence[Flow], patient: bool) -> None:
        """Wait until all that is to be answered is, and what is not has been silent long enough."""
        start = again = self._busy = time.monotonic()
        while True:
            self._barrier()
            now = time.monotonic()
            missing = [flow for flow in flows if not flow.done and not flow.unsent and (flow.row.reach or not flow.arrived)]
            if not missing and now - self._busy >= _QUIET:
                return
            if missing and now - start >= (_PATIENCE if patient else 5 * _QUIET) and now - self._busy >= _QUIET:
                return
            if patient and now - again > _PATIENCE / 2:
                again = now
                self._repeat(missing)
            self._events(0.005)

    def _repeat(self, flows: Iterable[Flow]) -> None:
        for flow in flows:
            with self._network.inside(flow.row.space):
                flow.repeat()

    def _barrier(self) -> None:
        """Handle events until a packet has gone through the queue and nothing happened meanwhile."""
        while True:
            quiet = True
            for _round in range(4):
                self._canary.send(b"?")
                self._canary.recv(16)
                quiet = not self._events(0) and quiet
            if quiet:
                return

    def _events(self, timeout: float) -> bool:
        found = self._epoll.poll(timeout, 512)
        for fd, events in found:
            if fd in self._handlers:
                self._handlers[fd][1](events)
        return bool(found)

    def _listen(self, rows: Sequence[Row]) -> None:
        """Have the router answer on every port that is asked of one of its own addresses: refusal must be the filter's."""
        asked = {(row.family, row.protocol, row.port) for row in rows if row.ported and row.destination in self._own}
        self._sinks[ROUTER].ports(sorted(asked))

    def _entered(self, head: Header, data: bytes) -> None:
        flow = self._tapped(head, data)
        if flow is not None:
            flow.arrived = True

    def _passed(self, head: Header, data: bytes) -> None:
        flow = self._tapped(head, data)
        if flow is not None:
            flow.passed = (head[3], head[4]), (head[1], head[2])

    def _tapped(self, head: Header, data: bytes) -> Flow | None:
        if head[0] in (6, 17):
            return self._ports.get(head[2])
        found = payload(data)
        return self._flows.get(found[1]) if found else None

    def arrived(self, serial: int, at: Endpoint, peer: Endpoint, conn: socket.socket | None) -> None:
        """A sink was asked (see sink.Loop)."""
        self._busy = time.monotonic()
        flow = self._flows.get(serial)
        if flow is None:
            if conn is not None:
                self.unwatch(conn)
            return
        flow.seen.at, flow.seen.peer, flow.conn = at, peer, conn

    def watch(self, sock: socket.socket, ready: Callable[[int], None], events: int = _WATCH) -> None:
        """Call ``ready`` whenever something happens to a socket."""
        self._handlers[sock.fileno()] = (sock, ready)
        self._epoll.register(sock, events)

    def unwatch(self, sock: socket.socket) -> None:
        """Forget a socket, and close it."""
        self._handlers.pop(sock.fileno(), None)
        sock.close()

    def _drop(self, flow: Flow) -> None:
        for sock in (flow.sock, flow.conn):
            if sock is not None:
                self._handlers.pop(sock.fileno(), None)
        flow.close()

    def close(self) -> None:
        """Close every socket."""
        for sock, _ready in list(self._handlers.values()):
            sock.close()
        self._handlers = {}
        self._canary.close()
        self._epoll.close()


def _descriptors() -> int:
    """Raise this process's limit of open files as far as it may; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(65536, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def one_processor() -> None:
    """Keep this process on the processor that it is on, see above."""
    os.sched_setaffinity(0, _ALLOWED)
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    os.sched_setaffinity(0, {int(fields[36])} & _ALLOWED or {min(_ALLOWED)})  # field 39 of proc(5)


def _own_addresses(plan: Plan) -> set[str]:
    found = {str(one.ip) for wan in plan.wans for one in wan.addresses} | {str(one.address) for one in plan.publics}
    found |= {str(lan.address) for lan in plan.lans}
    return found | {str(lan.address6) for lan in plan.lans if lan.address6}


def _by_space(flows: Iterable[Flow]) -> dict[str, list[Flow]]:
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(flow.row.space, []).append(flow)
    return found
