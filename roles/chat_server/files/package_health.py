"""Does the operator's package answer behind this server, by every name, with the certificate that each was given?

package_health.py FILE NAME CHAIN [NAME CHAIN]...; exit status 0 and silence, or 1 and what is wrong. FILE says what is asked,
as JSON: page (a path that answers 200), websockets (paths), health ({path, status, expect}, or nothing of it).
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

from chat_health import TIMEOUT, UPGRADE, Identity, https, tell, tried

LONGEST = 1 << 20
#: Without the subprotocol, which is XMPP's.
PLAIN_UPGRADE = [line for line in UPGRADE if not line.startswith("Sec-WebSocket-Protocol")]


def healthy(identity: Identity, path: str, status: int, expect: str) -> None:
    """The health page: its status, and a text that stands in it."""
    host = f"[{identity.name}]" if ":" in identity.name else identity.name
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", 443), TIMEOUT) as plain, identity.secure(plain) as secured:
        secured.sendall(request.encode())
        while len(answer) < LONGEST and (part := secured.recv(65536)):
            answer += part
    head, _gap, body = answer.partition(b"\r\n\r\n")
    said = head.split(b"\r\n", 1)[0].decode("ascii", "replace")
    if said.split()[1:2] != [str(status)]:
        raise OSError(f"answered {said}, and not {status}")
    if expect not in body.decode("utf-8", "replace"):
        raise OSError(f"answered without {expect!r}")


def ask(name: str, chain: str, wanted: dict) -> list[str]:
    """Everything that is wrong with C(name)."""
    try:
        identity = Identity(name, chain)
    except (OSError, ValueError) as reason:
        return [f"{name}: {reason}"]
    page, health = wanted["page"], wanted["health"]
    checks = {f"443 (page {page})": lambda: https(identity, page, ["Connection: close"], "200")}
    for path in wanted["websockets"]:
        checks[f"443 (websocket {path})"] = lambda path=path: https(identity, path, PLAIN_UPGRADE, "101")
    if health:
        checks[f"443 (health {health['path']})"] = lambda: healthy(identity, **health)
    return tried(name, checks)


def main() -> int:
    words = sys.argv[2:]
    if not words or len(words) % 2:
        print("usage: package_health.py FILE NAME CHAIN [NAME CHAIN]...", file=sys.stderr)
        return 2
    wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return tell([line for at in range(0, len(words), 2) for line in ask(words[at], words[at + 1], wanted)])


if __name__ == "__main__":
    sys.exit(main())
