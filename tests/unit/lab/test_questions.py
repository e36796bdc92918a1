"""Questions for names: read from frames, judged, summed up."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.onprem.chat.lab.questions import Question, is_foreign, read, summary


def message(name: str, kind: int = 1, flags: int = 0x0100) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label)
    return struct.pack(">6H", 7, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def frame(body: bytes, *, protocol: str = "udp", server: str = "192.0.2.53", port: int = 53) -> bytes:
    if protocol == "udp":
        segment = struct.pack(">4H", 40000, port, 8 + len(body), 0) + body
    else:
        segment = struct.pack(">2H2I4H", 40000, port, 0, 0, 0x5018, 0, 0, 0) + struct.pack(">H", len(body)) + body
    address, number = ipaddress.ip_address(server), {"udp": 17, "tcp": 6}[protocol]
    if address.version == 4:
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, number, 0, bytes(4), address.packed)
        return bytes(12) + b"\x08\x00" + header + segment
    return (
        bytes(12)
        + b"\x86\xdd"
        + struct.pack(">IHBB16s16s", 6 << 28, len(segment), number, 64, bytes(16), address.packed)
        + segment
    )


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.parametrize("server", ["192.0.2.53", "2001:db8::53"])
def test_read(protocol: str, server: str) -> None:
    asked = read(frame(message("WWW.Example.com", 28), protocol=protocol, server=server))
    assert asked == Question(40000, protocol, server, "www.example.com", "AAAA")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(60),
        frame(message("example.com"), port=5353),
        frame(message("example.com", flags=0x8180)),
        frame(b""),
        frame(message("example.com")[:20]),
        frame(message("example.com")[:12] + b"\xc0\x0c\0\1\0\1"),
    ],
    ids=["nothing", "no IP", "another port", "an answer", "no message", "cut short", "a pointer"],
)
def test_what_is_no_question(data: bytes) -> None:
    assert read(data) is None


def test_the_root_and_an_unknown_type() -> None:
    assert read(frame(message("", 2))) == Question(40000, "udp", "192.0.2.53", ".", "NS")
    assert read(frame(message("example.com", 999))).kind == "TYPE999"


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("example.lan", False),
        ("chat.example.lan", False),
        ("notexample.lan", True),
        ("www.example.com", True),
        ("2.debian.pool.ntp.org", True),
        (".", True),
        ("wpad", True),
        ("localhost", False),
        ("printer.local", False),
        ("ipv4only.arpa", True),
        ("30.1.168.192.in-addr.arpa", False),
        ("9.2.0.192.in-addr.arpa", False),
        ("9.113.0.203.in-addr.arpa", True),
        ("b._dns-sd._udp.0.0.16.172.in-addr.arpa", False),
        ("1.0.32.172.in-addr.arpa", True),
        ("1.0.0.0.1.0.0.0.0.d.f.ip6.arpa", False),
        ("1.8.b.d.0.1.0.0.2.ip6.arpa", True),
    ],
)
def test_foreign(name: str, foreign: bool) -> None:
    assert is_foreign(name, ["example.lan"], ["192.0.2.0/26"]) is foreign


def test_summary() -> None:
    note = {"source_port": 1, "protocol": "udp", "kind": "A", "server": "192.0.2.53", "uid": "", "unit": ""}
    rows = summary(
        [
            {**note, "host": "chat", "name": "www.example.com", "time": 10.5},
            {**note, "host": "chat", "name": "chat.example.lan", "time": 11.0},
            {
                **note,
                "host": "chat",
                "name": "www.example.com",
                "time": 12.0,
                "kind": "AAAA",
                "uid": "33",
                "unit": "nginx.service",
            },
            {**note, "host": "alone", "name": "www.example.com", "time": 13.0},
        ],
        ["example.lan"],
        [],
    )
    assert [row["host"] for row in rows] == ["alone", "chat"]
    assert rows[1] == {
        **{"host": "chat", "name": "www.example.com", "questions": 2, "first": 10.5, "last": 12.0},
        **{"kinds": ["A", "AAAA"], "servers": ["192.0.2.53"], "uids": ["33"], "units": ["nginx.service"]},
    }
