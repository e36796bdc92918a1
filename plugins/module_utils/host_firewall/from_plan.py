"""What a router's plan leads to one host, as rows that the host itself lets in: nothing is typed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any


def _forwarded(plan: Mapping[str, Any], forward: Mapping[str, Any]) -> list[str]:
    """Return who comes by a forward: who may from outside, and with hairpin the LANs; nothing when anybody may."""
    lans = [lan["network"] for lan in plan["lans"]]
    return [*forward["sources"], *(lans if forward["hairpin"] else [])] if forward["sources"] else []


def openings(plan: Mapping[str, Any], addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of a host with these ``addresses``, as parse.parse takes them.

    ``plan`` is plain data, as onprem.chat.forwarding_plan returns it. A client of the host's own LAN is seen as the router, which
    is in that LAN; so the networks of the LANs stand beside ``sources`` where the LANs may use the public address.
    """
    own = {str(ip_address(one)) for one in addresses}  # raises ValueError: by a name nothing would be found to let in
    together: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    ways = [(row, row["private_ports"], _forwarded(plan, row)) for row in plan["forwards"] if row["host"] in own]
    for row in plan["pinholes"]:
        if row["host"] in own:
            lans = [lan["network6"] for lan in plan["lans"] if lan["network6"]]
            ways.append((row, row["ports"], [*row["sources"], *lans] if row["sources"] else ["::/0"]))
    for row, ports, sources in ways:
        together.setdefault((row["service"], row["protocol"], tuple(sources)), []).extend([ports] if ports else [])
    found = []
    for (service, protocol, who), ports in together.items():
        row = {"protocol": protocol, "sources": list(who) or ["any"], "comment": service}
        found.append({**row, "ports": list(dict.fromkeys(ports))} if ports else row)
    return found
