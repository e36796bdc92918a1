"""The engine of a site's chat: ejabberd, or a package that the operator brings; and what the one has and the other has not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..package.error import PackageError
from ..package.model import Package
from ..package.parse import parse
from .reader import Reader, Unusable

EJABBERD, OPERATOR_PACKAGE = "ejabberd", "operator_package"
ENGINES = (EJABBERD, OPERATOR_PACKAGE)

#: Variables that are ejabberd's alone, and what to do instead.
_EJABBERDS = {
    "site_users": "make people's accounts in its own interface",
    "site_rooms": "make rooms in its own interface",
    "site_chat_store": "where it keeps its data is its own matter",
}

#: Ports of the web server, and those by which native clients of ejabberd come.
WEB_PORTS = (80, 443)
XMPP_PORTS = (5222, 5223)


def package(reader: Reader) -> Package | None:
    """Parse the operator's package; None where the chat is ejabberd."""
    engine, raw = reader.variable("site_chat_engine", EJABBERD), reader.variable("site_chat_package")
    if engine not in ENGINES:
        reader.fault("site_chat_engine", f"{engine!r} is none of {', '.join(ENGINES)}")
        return None
    if engine == EJABBERD:
        reader.fault("site_chat_package", None if raw is None else f"has no use without site_chat_engine: {OPERATOR_PACKAGE}")
        return None
    for name, instead in _EJABBERDS.items():
        if reader.variable(name):
            reader.fault(name, f"has no use with site_chat_engine: {OPERATOR_PACKAGE}; leave it out, and {instead}")
    if raw is None:
        words = f"is not set; with site_chat_engine: {OPERATOR_PACKAGE} say what the package is, see docs/operator-package.md"
        reader.fault("site_chat_package", None if reader.has_fault("site_chat_package") else words)
        return None
    return _parsed(reader, raw)


def _parsed(reader: Reader, raw: Any) -> Package | None:
    hidden = {key: value.reason for key, value in raw.items() if isinstance(value, Unusable)} if isinstance(raw, Mapping) else {}
    for key, reason in hidden.items():
        reader.fault(f"site_chat_package.{key}", reason)
    try:
        return None if hidden else parse(raw, "site_chat_package")
    except PackageError as error:
        reader.problems.extend(error.problems)
        return None


def ports(found: Package | None) -> tuple[int, ...]:
    """Return the ports (tcp) by which clients reach the chat server."""
    return (*WEB_PORTS, *(XMPP_PORTS if found is None else found.ports))


def seen(found: Package | None) -> dict[str, Any]:
    """Return what a plan says of the engine: nothing of it is a secret."""
    told: dict[str, Any] = {
        "engine": EJABBERD if found is None else OPERATOR_PACKAGE,
        "ports": list(ports(found)),
        # nginx takes its keys as root; ejabberd has a group of its own
        "key_group": "ejabberd" if found is None else "root",
        "units": ["nginx", "ejabberd"] if found is None else ["nginx"],
        "page": "/" if found is None else found.page,
        "websocket_paths": ["/ws"] if found is None else list(found.websocket_paths),
        "health": None,
    }
    if found is not None and found.health is not None:
        told["health"] = {"path": found.health.path, "status": found.health.status, "expect": found.health.expect}
    return told
