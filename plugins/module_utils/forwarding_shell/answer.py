"""What module and action of onprem.chat.forwarding_plan share: the core with this machine's resolver."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from ..forwarding.plan import make


def resolve(name: str) -> list[str]:
    """Return the addresses that this machine knows a name by: /etc/hosts, then DNS. Raises OSError when there are none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label too long for the resolver's own encoding
        raise OSError(f"{name!r} is no name: {error}") from None
    return sorted({str(row[4][0]) for row in found})


def plain(value: Any) -> Any:
    """Return data without the classes that Ansible wraps it in, which take their time at every access."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole answer to the options of the module; raises ForwardingError with every problem."""
    raw = {key: plain(given[key]) for key in ("router", "services", "user_networks", "names", "sheet", "lab") if key in given}
    return make(raw, plain(given["targets"]), prefix=str(given["path_prefix"]), resolve=resolve)
