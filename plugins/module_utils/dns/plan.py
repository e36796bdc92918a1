"""Plan: from raw input to what a name server of the site holds, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..intent.error import Problems
from .check import check, warnings
from .compute import compute
from .error import DnsError
from .model import Intent
from .parse import parse
from .render import render_zone
from .zone import Zone

#: The kinds of zones that a secondary fetches from its primary; it holds the others itself.
_TRANSFERRED = ("forward", "reverse", "split")


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


def _listen(intent: Intent) -> dict[str, list[str]]:
    """Return the addresses of this server by family."""
    host = intent.host_of(intent.here) if intent.here else None
    own = [address for _place, address in host.addresses] if host else []
    return {f"ipv{version}": [str(address) for address in own if address.version == version] for version in (4, 6)}


def plan(raw: Mapping[str, Any], places: Places, prefix: str = "") -> dict[str, Any]:
    """Return what one name server of the site holds.

    ``raw`` is described at parse.parse. ``prefix`` stands before every path of an error. Raises DnsError with every problem.
    """
    problems = Problems(prefix)
    intent = parse(raw, problems)
    check(intent, problems)
    problems.raise_any(DnsError)
    rows = [(_row(zone, places, raw["mode"]), zone) for zone in compute(intent)]
    return {
        "zones": [row for row, _zone in rows],
        "files": [{"path": row["path"], "content": render_zone(zone)} for row, zone in rows if row["type"] == "primary"],
        "listen": _listen(intent),
        "networks": [str(network) for _place, network in intent.networks],
        "primary": str(intent.servers[0][1]),
        "secondaries": [str(address) for _place, address in intent.servers[1:]],
        "forwarders": [str(address) for _place, address in intent.forwarders],
        "warnings": list(warnings(intent)),
    }
