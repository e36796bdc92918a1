"""The zones, and whether every name server serves the same of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def zones(infos: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each zone with what every server said: ``serials`` by host (None when it did not say), ``faults`` by host."""
    found: dict[str, dict[str, Any]] = {}
    for host, info in sorted(infos.items()):
        for row in info["zones"]:
            zone = found.setdefault(row["zone"], {"zone": row["zone"], "serials": {}, "faults": {}})
            zone["serials"][host] = row["serial"]
            if row["fault"]:
                zone["faults"][host] = row["fault"]
    for zone in found.values():
        zone["ok"] = not zone["faults"] and len(set(zone["serials"].values())) == 1
    return [found[name] for name in sorted(found)]
