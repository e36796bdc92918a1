"""A crowd of clients: they ask for addresses, and datagrams are sent by many at a time, with as little Python as can be."""

from __future__ import annotations

import ctypes
import importlib.util
import json
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from benchmarks.forwarding.machine import CHECKOUT, BenchmarkError
from benchmarks.forwarding.network import Namespace

from .contestants import ADDRESS, SECRET

BIND, CHANNEL, FIRST = 0x009, 0x0C, 0x4000
PEER, PORT, GATEWAY = "203.0.113.2", 9, "203.0.113.1"
BATCH, THREADS = 16, 8
#: Counts what comes to the peer, and keeps it from being answered.
COUNTER = f"""
table ip benchmark {{
  counter arrived {{ }}
  chain come {{ type filter hook prerouting priority raw; udp dport {PORT} counter name arrived drop; }}
}}
"""


def client() -> ModuleType:
    """The client of a relay that the role's health check is."""
    path = CHECKOUT / "roles/turn_relay/files/turn_relay_health.py"
    spec = importlib.util.spec_from_file_location("turn_relay_health", path)
    if spec is None or spec.loader is None:
        raise BenchmarkError(f"{path} is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TURN = client()


class Street:
    """Clients, the relay, and peers behind it: three namespaces in a row."""

    def __init__(self) -> None:
        self.clients, self.relay, self.peers = Namespace(), Namespace(), Namespace()
        self.relay.interface("in0", f"{ADDRESS}/24", self.clients, "eth0", "192.0.2.2/24")
        self.relay.interface("out0", f"{GATEWAY}/24", self.peers, "eth0", f"{PEER}/24")
        self.peers.run("ip", "route", "add", "default", "via", GATEWAY)
        self.peers.run("nft", "--file", "-", text=COUNTER)

    def arrived(self) -> int:
        with self.peers.inside():
            done = subprocess.run(["nft", "--json", "list", "counters"], capture_output=True, text=True, check=True)
        return next(row["counter"]["packets"] for row in json.loads(done.stdout)["nftables"] if "counter" in row)


def caller(street: Street) -> tuple[socket.socket, object]:
    """A client with an address of the relay. Raises OSError."""
    with street.clients.inside():
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.settimeout(5)
    line.connect((ADDRESS, 3478))
    turn = TURN.Line(line, SECRET)
    turn.user = f"{int(time.time()) + 3600}:crowd".encode()
    turn.password = TURN.base64.b64encode(TURN.hmac.digest(SECRET.encode(), turn.user, "sha1"))
    turn.log_in()
    answer = turn.ask(TURN.ALLOCATE, (TURN.TRANSPORT, TURN.UDP))
    if TURN.ERROR in answer:
        raise OSError(f"no address: {TURN.refusal(answer)}")
    return line, turn


def crowd(street: Street, count: int) -> tuple[list[tuple[socket.socket, object]], float]:
    """That many clients, and the seconds it took."""
    made: list[tuple[socket.socket, object]] = []
    failed: list[OSError] = []

    def work() -> None:
        try:
            made.extend(caller(street) for _each in range(count // THREADS))
        except OSError as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _each in range(THREADS)]
    begun = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise BenchmarkError(f"clients got no address: {failed[0]}")
    return made, time.monotonic() - begun


def leave(made: Sequence[tuple[socket.socket, object]]) -> None:
    for line, turn in made:
        turn.ask(TURN.REFRESH, (TURN.LIFETIME, bytes(4)))
        line.close()


class Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.POINTER(Iovec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class Header(ctypes.Structure):
    _fields_ = (("message", Message), ("sent", ctypes.c_uint32))


class Burst:
    """The same channel data many times in one call of the kernel (sendmmsg)."""

    def __init__(self, size: int) -> None:
        self.data = ctypes.create_string_buffer(struct.pack("!HH", FIRST, size) + bytes(size), size + 4)
        self.vector = Iovec(ctypes.addressof(self.data), size + 4)
        self.headers = (Header * BATCH)(*[Header(Message(iov=ctypes.pointer(self.vector), iovlen=1)) for _each in range(BATCH)])
        self.call = ctypes.CDLL(None, use_errno=True).sendmmsg

    def send(self, descriptor: int) -> int:
        return max(self.call(descriptor, ctypes.byref(self.headers), BATCH, 0), 0)


@dataclass(frozen=True)
class Flow:
    """Datagrams of a second that were sent and that arrived."""

    sent: float
    arrived: float

    @property
    def lost(self) -> float:
        return 1 - self.arrived / self.sent if self.sent else 1.0


def bind(made: Sequence[tuple[socket.socket, object]]) -> None:
    """A channel to the peer for each."""
    for _line, turn in made:
        transaction = struct.pack("!BBHI", 0, 1, PORT ^ TURN.COOKIE >> 16, int.from_bytes(socket.inet_aton(PEER)) ^ TURN.COOKIE)
        answer = turn.ask(BIND, (CHANNEL, struct.pack("!HH", FIRST, 0)), (TURN.PEER, transaction))
        if TURN.ERROR in answer:
            raise BenchmarkError(f"no channel: {TURN.refusal(answer)}")


def flow(street: Street, made: Sequence[tuple[socket.socket, object]], size: int, rate: int, seconds: float) -> Flow:
    """Send at a rate, by all in turns, and count what arrives."""
    burst, sent, turns = Burst(size), 0, 0
    descriptors = [line.fileno() for line, _turn in made]
    before, begun = street.arrived(), time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        while sent < rate * now:
            sent += burst.send(descriptors[turns % len(descriptors)])
            turns += 1
            if time.monotonic() - begun > seconds:
                break
        time.sleep(0.0005)
    elapsed = time.monotonic() - begun
    time.sleep(0.5)
    return Flow(sent / elapsed, (street.arrived() - before) / elapsed)
