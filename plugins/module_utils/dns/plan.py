"""Plan: from raw input to what a name server of the site holds, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .check import check, warnings
from .compute import compute
from .error import Problems
from .name import Name
from .parse import parse
from .record import Address
from .render import render_zone
from .zone import Zone

#: The kinds of zones that a secondary fetches from its primary; it holds the others itself.
_TRANSFERRED = ("forward", "reverse")


@dataclass(frozen=True)
class Places:
    """The folders of the zones: written by us, and fetched by the daemon."""

    primary: str
    secondary: str


def _file(zone: Zone) -> str:
    """Return the file name of a zone; the root has no text of its own."""
    return ("root" if not zone.origin.labels else zone.origin.text) + ".zone"


def _row(zone: Zone, places: Places, mode: str) -> dict[str, Any]:
    fetched = mode == "secondary" and zone.kind in _TRANSFERRED
    return {
        "name": zone.origin.text,
        "kind": zone.kind,
        "type": "secondary" if fetched else "primary",
        "transferred": zone.kind in _TRANSFERRED,
        "path": f"{places.secondary if fetched else places.primary}/{_file(zone)}",
    }


def _server(name: Name, addresses: list[Address]) -> dict[str, Any]:
    return {"name": name.text, "addresses": [str(address) for address in addresses]}


def plan(raw: Mapping[str, Any], *, mode: str, gap: bool, places: Places, prefix: str = "") -> dict[str, Any]:
    """Return ``zones``, ``files``, ``servers``, ``networks`` and ``warnings`` for a server in ``mode`` primary or secondary.

    ``raw`` is described at parse.parse. ``prefix`` stands before every path of an error. Raises DnsError with every problem.
    """
    problems = Problems(prefix)
    intent = parse(raw, problems)
    check(intent, problems)
    problems.raise_any()
    zones = compute(intent, gap=gap)
    rows = [(_row(zone, places, mode), zone) for zone in zones]
    return {
        "zones": [row for row, _ in rows],
        "files": [{"path": row["path"], "content": render_zone(zone)} for row, zone in rows if row["type"] == "primary"],
        "servers": [_server(host.name, [address for _, address in host.addresses]) for host in intent.server_hosts()],
        "networks": [str(network) for _, network in intent.networks],
        "warnings": list(warnings(intent)),
    }
