"""Connections that fail while the whole table is replaced again and again."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import time
from dataclasses import dataclass
from typing import Any

from .connect import RESET
from .intents import PUBLIC, forwards, intent
from .machine import BenchmarkError
from .network import Line, lines
from .planned import renderings

FORK = multiprocessing.get_context("fork")
PATIENCE = 3  # seconds; a lost SYN is sent again after one
LIMIT = 300


@dataclass(frozen=True)
class Replaced:
    """What happened: connections that were made and that failed, tables loaded meanwhile."""

    made: int
    failed: int
    loads: int
    seconds: float


def measure(many: int, connections: int, loads: int, leaky: bool = False) -> Replaced:
    """Replace a table of ``many`` forwards at least ``loads`` times, until there are ``connections``.

    ``leaky`` deletes the table in a transaction of its own first: that must fail, or we would not see a failure.
    """
    wanted = forwards(many, hosts=1)
    text = renderings(intent(wanted), "nftables")["nftables"]
    made, failed = FORK.Value("L", 0), FORK.Value("L", 0)
    with lines(1) as (line,):
        line.load({"nftables": text})
        listener = line.listen(wanted[0].private)
        workers = [FORK.Process(target=_serve, args=(listener,), daemon=True)]
        workers.append(FORK.Process(target=_ask, args=(line, wanted[0].public, made, failed), daemon=True))
        for one in workers:
            one.start()
        start, done = time.monotonic(), 0
        try:
            while made.value + failed.value < connections or done < loads:
                if leaky:
                    line.load({"nftables": "delete table inet onprem_chat\n"})
                line.load({"nftables": text})
                done += 1
                if time.monotonic() - start > LIMIT:
                    raise BenchmarkError(f"only {made.value} connections in {LIMIT} s")
            return Replaced(made.value, failed.value, done, time.monotonic() - start)
        finally:
            for one in reversed(workers):
                one.terminate()
                one.join()


def _serve(listener: socket.socket) -> None:
    """Greet everybody: that a connection is made does not say with whom."""
    while True:
        connection, _address = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"!")


def _ask(line: Line, port: int, made: Any, failed: Any) -> None:
    """Connect, one after the other."""
    with line.client.inside():
        while True:
            with socket.socket() as one:
                one.settimeout(PATIENCE)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                try:
                    one.connect((PUBLIC, port))
                    good = one.recv(1) == b"!"
                except OSError:
                    good = False
            counter = made if good else failed
            counter.value += 1
