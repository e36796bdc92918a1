"""The serial of a zone, asked with the standard library alone: a name server need not have a DNS library (RFC 1035, 4.1)."""

from __future__ import annotations

import struct

from .error import ReportError

_SOA, _IN = 6, 1
_POINTER = 0xC0
_RCODES = {1: "form error", 2: "server failure", 3: "no such name", 4: "not implemented", 5: "refused", 9: "not authoritative"}


def question(zone: str, number: int) -> bytes:
    """The message that asks for the SOA record of ``zone``, without recursion; ``number`` is 0 to 65535."""
    labels = [label.encode("ascii") for label in zone.rstrip(".").split(".") if label]
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, 0, 1, 0, 0, 0) + name + struct.pack("!2H", _SOA, _IN)


def serial(answer: bytes, number: int) -> int:
    """The serial in an answer to ``question``; raises ReportError when there is none, saying what the server said instead."""
    try:
        heard, flags, questions, answers, _authority, _more = struct.unpack_from("!6H", answer)
        if heard != number:
            raise ReportError("an answer to another question")
        if flags & 0xF:
            raise ReportError(_RCODES.get(flags & 0xF, f"code {flags & 0xF}"))
        at = 12
        for _question in range(questions):
            at = _after_name(answer, at) + 4
        for _record in range(answers):
            at = _after_name(answer, at)
            kind, _class, _ttl, length = struct.unpack_from("!2HIH", answer, at)
            at += 10
            if kind == _SOA:
                return int(struct.unpack_from("!I", answer, _after_name(answer, _after_name(answer, at)))[0])
            at += length
    except (struct.error, IndexError):
        raise ReportError("an answer that cannot be read") from None
    raise ReportError("no such zone here")


def _after_name(message: bytes, at: int) -> int:
    """Where the name that begins at ``at`` ends."""
    while message[at]:
        if message[at] & _POINTER == _POINTER:
            return at + 2
        at += message[at] + 1
    return at + 1
