# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SCGI as nginx speaks it: it has read the request, held its size and pace within bounds, and hands on one netstring and a body.

https://python.ca/scgi/protocol.txt
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, BinaryIO

LONGEST_HEADERS = 4096
LONGEST_BODY = 2048


class Malformed(Exception):
    """What came is no request of ours. Its words are fixed, so that nothing of what came gets into a log."""


def read(stream: socket.socket) -> tuple[str, Mapping[str, Any]]:
    """One request: its path, and the JSON object in its body."""
    with stream.makefile("rb") as incoming:
        length = _length(incoming)
        block = incoming.read(length)
        if len(block) != length or incoming.read(1) != b",":
            raise Malformed("headers are cut off")
        headers = _headers(block)
        size = headers.get("CONTENT_LENGTH", "")
        if not size.isdecimal() or len(size) > 6 or int(size) > LONGEST_BODY:
            raise Malformed("the body is too long, or its length is not told")
        body = incoming.read(int(size))
    if headers.get("REQUEST_METHOD") != "POST" or headers.get("CONTENT_TYPE") != "application/json":
        raise Malformed("is not JSON that was posted")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(given, dict):
        raise Malformed("the body is no object")
    return headers.get("DOCUMENT_URI", ""), given


def _length(incoming: BinaryIO) -> int:
    """The length of the netstring, up to its colon."""
    digits = b""
    while len(digits) < 5:
        one = incoming.read(1)
        if one == b":" and digits:
            return min(int(digits), LONGEST_HEADERS + 1)
        if not one.isdigit():
            break
        digits += one
    raise Malformed("is not SCGI")


def _headers(block: bytes) -> dict[str, str]:
    parts = block.decode("latin-1").split("\0")
    if len(block) > LONGEST_HEADERS or len(parts) % 2 == 0:
        raise Malformed("the headers are too long or no pairs")
    return dict(zip(parts[0::2], parts[1::2]))


def render(status: str, answer: Mapping[str, Any]) -> bytes:
    """What nginx makes an answer of."""
    return f"Status: {status}\r\nContent-Type: application/json\r\n\r\n{json.dumps(answer)}\n".encode()
