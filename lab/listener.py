"""The ear on every host: writes down each question to a name server as it leaves its program, loopback included.

A packet socket in each host's network namespace, which the host does not notice and no rule of it can stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from . import kernel, questions
from .state import Lab, LabError

NAMESPACES = Path("/run/netns")
LOOK_SECONDS = 0.25  # how often to look for hosts that have come or gone
LIMIT = 64 << 20  # bytes of notes; a lab that asks more has told enough
ETH_P_ALL, SO_ATTACH_FILTER = 3, 26

# Classic BPF: what this host sends (packet type 4) over UDP or TCP to port 53, and no later fragments.
# (operation, jump if true, jump if false, value), as `tcpdump -dd` writes it; the last two take and drop the frame.
FILTER = (
    (0x28, 0, 0, 0xFFFFF004),  # ldh packet type
    (0x15, 0, 18, 4),  # outgoing
    (0x28, 0, 0, 12),  # ldh ethertype
    (0x15, 0, 9, 0x0800),
    (0x30, 0, 0, 23),  # ldb protocol
    (0x15, 1, 0, 17),
    (0x15, 0, 13, 6),
    (0x28, 0, 0, 20),  # ldh flags and fragment offset
    (0x45, 11, 0, 0x1FFF),
    (0xB1, 0, 0, 14),  # ldxb length of the header
    (0x48, 0, 0, 16),  # ldh destination port
    (0x15, 7, 8, 53),
    (0x06, 0, 0, 0),
    (0x15, 0, 6, 0x86DD),
    (0x30, 0, 0, 20),  # ldb next header
    (0x15, 1, 0, 17),
    (0x15, 0, 3, 6),
    (0x28, 0, 0, 56),  # ldh destination port
    (0x15, 0, 1, 53),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)


class Listener:
    """Holds one socket a host and the notes."""

    def __init__(self, lab: Lab) -> None:
        self.notes = notes(lab).open("ab", buffering=0)
        self.ears: dict[str, tuple[int, socket.socket]] = {}
        self.askers: dict[tuple[str, str, str], str] = {}

    def listen(self) -> NoReturn:
        """Write until killed."""
        while True:
            self.look()
            hosts = {ear: host for host, (_, ear) in self.ears.items()}
            for ear in select.select(list(hosts), [], [], LOOK_SECONDS)[0]:
                with contextlib.suppress(OSError):
                    self.note(hosts[ear], ear.recv(2048))

    def look(self) -> None:
        """Open an ear on every new host; close those of hosts that are gone, for they would keep its network."""
        found = {}
        for entry in os.scandir(NAMESPACES):
            with contextlib.suppress(OSError):
                found[entry.name] = entry.stat().st_ino
        for host, (identity, ear) in list(self.ears.items()):
            if found.get(host) != identity:
                ear.close()
                del self.ears[host]
        for host, identity in found.items():
            if host not in self.ears:
                try:
                    self.ears[host] = (identity, _ear(host))
                except OSError as error:  # half made: the next look hears it
                    print(f"listener: {host}: {error}", file=sys.stderr, flush=True)

    def note(self, host: str, frame: bytes) -> None:
        """Write one question down, with whoever holds the socket that it came from."""
        question = questions.read(frame)
        if question is None or os.fstat(self.notes.fileno()).st_size > LIMIT:
            return
        uid, inode = _owner(host, question)
        key = (host, question.name, uid)
        unit = self.askers.get(key, "")
        if inode and not unit:
            unit = self.askers[key] = _unit(inode)
        row = {"time": round(time.time(), 3), "host": host, **asdict(question), "uid": uid, "unit": unit}
        self.notes.write(json.dumps(row).encode() + b"\n")


def notes(lab: Lab) -> Path:
    """Where the questions are written, one JSON object a line."""
    return lab.directory / "questions.jsonl"


def notes_of(lab: Lab) -> Iterator[dict[str, Any]]:
    """The questions that were written down so far. Raises LabError when nobody listened."""
    if not notes(lab).exists():
        raise LabError(f"nobody listened to questions for names; see {lab.directory}/supervisor.log")
    with notes(lab).open() as lines:
        yield from (json.loads(line) for line in lines if line.endswith("\n"))


def forget(lab: Lab) -> None:
    """Begin the notes anew; the listener appends, so it need not know."""
    os.truncate(notes(lab), 0)


def _enter(host: str) -> None:
    namespace = os.open(NAMESPACES / host, os.O_RDONLY | os.O_CLOEXEC)
    try:
        kernel.setns(namespace, kernel.NEWNET)
    finally:
        os.close(namespace)


def _ear(host: str) -> socket.socket:
    _enter(host)
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    program = b"".join(struct.pack("HBBI", *line) for line in FILTER)
    text = ctypes.create_string_buffer(program)
    ear.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(FILTER), ctypes.addressof(text)))
    return ear


def _owner(host: str, question: questions.Question) -> tuple[str, str]:
    """User id and inode of the socket, or nothing when it is closed already."""
    _enter(host)
    for family in ("", "6"):
        for line in Path(f"/proc/thread-self/net/{question.protocol}{family}").read_text().splitlines()[1:]:
            words = line.split()
            if int(words[1].rpartition(":")[2], 16) == question.source_port:
                return words[7], words[9]
    return "", ""


def _unit(inode: str) -> str:
    """The unit of the process that holds a socket, or the process's name where no unit is."""
    wanted = f"socket:[{inode}]"
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) == wanted for link in (process / "fd").iterdir()):
                unit = re.search(r"([^/]+\.(?:service|scope))$", (process / "cgroup").read_text(), re.MULTILINE)
                return unit[1] if unit else (process / "comm").read_text().strip()
    return ""
