# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does port 80 of the public address lead to this very server? A nonce in the webroot is fetched from outside's point of view."""

from __future__ import annotations

import contextlib
import http.client
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .records import words

WELL_KNOWN = ".well-known/acme-challenge"
PREFIX = "onprem-chat-nonce-"
SECONDS = 6.0


def problems(name: str, addresses: Sequence[str], webroot: Path) -> list[str]:
    """What stands between the certificate authority and this server, at each of I(addresses)."""
    with _nonce(webroot) as (path, content):
        wrong = []
        for address in addresses:
            found = _fetch(address, name, path, content)
            if found == "silence":  # a packet may get lost
                time.sleep(1)
                found = _fetch(address, name, path, content)
            if found:
                wrong.append((address, found))
        if not wrong:
            return []
        here = _fetch("127.0.0.1", name, path, content)
    said = [
        f"http://{_host(address)}/{path} with the name {name}: {found}, expected was the nonce of this server"
        for address, found in wrong
    ]
    if here:
        remedy = f"its own web server does not serve {webroot}/{WELL_KNOWN} on port 80 either ({here}); see to that first"
    elif any(found == "silence" for _address, found in wrong):
        remedy = "let the router forward port 80 to this server, for clients inside too (hairpin), and let no firewall drop it"
    elif any(found == "connection refused" for _address, found in wrong):
        remedy = "let the router forward port 80 to this server, for clients inside too (hairpin); now somebody refuses it"
    else:
        remedy = "port 80 leads elsewhere: look at the forwards of the router and at a web interface of its own on port 80"
    return [*said, remedy]


@contextlib.contextmanager
def _nonce(webroot: Path) -> Iterator[tuple[str, bytes]]:
    folder = webroot / WELL_KNOWN
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for left in folder.glob(PREFIX + "*"):
        left.unlink(missing_ok=True)
    file, content = folder / (PREFIX + secrets.token_hex(12)), secrets.token_hex(32).encode()
    file.write_bytes(content)
    file.chmod(0o644)
    try:
        yield f"{WELL_KNOWN}/{file.name}", content
    finally:
        file.unlink(missing_ok=True)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _fetch(address: str, name: str, path: str, expected: bytes) -> str:
    """Empty when it is ours, or what came instead."""
    connection = http.client.HTTPConnection(address, 80, timeout=SECONDS)
    try:
        connection.request("GET", "/" + path, headers={"Host": name, "User-Agent": "onprem-chat", "Connection": "close"})
        reply = connection.getresponse()
        body = reply.read(len(expected) + 1)
        if reply.status == 200 and body == expected:
            return ""
        where = reply.getheader("Location", "")
        server = reply.getheader("Server", "")
        return "".join(
            (
                f"status {reply.status}" if reply.status != 200 else "something else",
                f" to {_printable(where)}" if where else "",
                f" from {_printable(server)}" if server else "",
            )
        )
    except TimeoutError:
        return "silence"
    except ConnectionRefusedError:
        return "connection refused"
    except (OSError, http.client.HTTPException) as error:
        return words(error)
    finally:
        connection.close()


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:80])
