# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relays that a chat server offers to whoever is logged in (XEP-0215), as rows of ejabberd's mod_stun_disco."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..intent.addresses import is_address
from .model import ChatError

#: TLS is always over TCP; without credentials anybody may ask a relay for its own address (RFC 8489).
_KINDS: dict[str, tuple[dict[str, Any], ...]] = {
    "udp": ({"type": "stun", "transport": "udp", "restricted": False}, {"type": "turn", "transport": "udp"}),
    "tcp": ({"type": "turn", "transport": "tcp"},),
    "tls": ({"type": "turns", "transport": "tcp"},),
}
_PORTS = {"udp": 3478, "tcp": 3478, "tls": 5349}
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def offers(relays: Any) -> list[dict[str, Any]]:
    """Rows C({host, port, type, transport, restricted}) of the relays C({name, transport, port}); raises L(ChatError)."""
    if not isinstance(relays, (list, tuple)):
        raise ChatError(["chat_server_relays: is not a list"])
    errors: list[str] = []
    rows: list[dict[str, Any]] = []
    for at, relay in enumerate(relays):
        rows.extend(_offered(relay, f"chat_server_relays[{at}]", errors))
    if errors:
        raise ChatError(errors)
    return rows


def _offered(relay: Any, path: str, errors: list[str]) -> list[dict[str, Any]]:
    if not isinstance(relay, Mapping):
        errors.append(f"{path}: is not a mapping with name, transport and port")
        return []
    transport, name = str(relay.get("transport", "udp")), str(relay.get("name", ""))
    if transport not in _KINDS:
        errors.append(f"{path}.transport: {transport} is none of {', '.join(_KINDS)}")
        return []
    port = str(relay.get("port") or _PORTS[transport])
    if not (_NAME.fullmatch(name) or is_address(name)):
        errors.append(f"{path}.name: {name or 'nothing'} is neither the full name of a host in lower case nor an address")
    if not re.fullmatch("[1-9][0-9]{0,4}", port) or int(port) > 65535:
        errors.append(f"{path}.port: {port} is not a port (1-65535)")
        return []
    return [{"host": name, "port": int(port), "restricted": True, **kind} for kind in _KINDS[transport]]
