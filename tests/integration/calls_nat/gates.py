"""The gates of the two offices: how they are changed, and what they saw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import LAB

REFLECTOR = (Path(__file__).parent / "reflector.py").read_text(encoding="utf-8")
PROVIDER, NAME_SERVER = "203.0.113.1", "203.0.113.53"
#: What a gate can be; the first is how each begins.
KINDS = ("endpoint_independent", "address_and_port_dependent", "udp_blocked", "web_only")


@dataclass(frozen=True)
class Office:
    """A desk behind a gate of its own."""

    gate: str
    desk: str
    public: str  # the gate's own address

    def becomes(self, kind: str) -> None:
        """Another kind of gate from now on: `gate` on it lists them."""
        run(self.gate, "gate", kind)

    def flows(self) -> list[Flow]:
        """What went through since the gate became what it is."""
        listed = json.loads(run(self.gate, "gate", "flows"))["nftables"]
        rows = [element["elem"] for one in listed for element in one.get("set", {}).get("elem", [])]
        return [_flow(*row["val"]["concat"], row["counter"]) for row in rows]


@dataclass(frozen=True)
class Flow:
    """Packets through a gate in one direction, all with the same other end."""

    way: str  # out or in
    protocol: str
    address: str
    port: int
    packets: int
    bytes: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.way, self.protocol, self.address, self.port


def _flow(card: str, protocol: str, address: str, port: int | str, counter: dict[str, int]) -> Flow:
    return Flow("out" if card == "lan0" else "in", protocol, address, int(port), counter["packets"], counter["bytes"])


OFFICES = (Office("gate1", "away1", "203.0.113.71"), Office("gate2", "away2", "203.0.113.72"))


def reflected(desk: str, order: str, *places: str) -> object:
    """What the reflectors say to a desk: see reflector.py."""
    command = [LAB, "net", desk, sys.executable, "-c", REFLECTOR, order, *places]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@contextmanager
def reflectors() -> Iterator[None]:
    """Two servers outside that tell how they see whoever asks; the second takes TCP connections too."""
    command = [LAB, "net", "inet", sys.executable, "-c", REFLECTOR, "serve", PROVIDER, NAME_SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout and server.stdout.readline() == "ready\n"
            yield
        finally:
            assert server.stdin
            server.stdin.close()
