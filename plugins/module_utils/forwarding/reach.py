"""What a host behind a router has to reach outside, as a product's own page tells to test it: names and ports out of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any


def reach(plan: Mapping[str, Any], address: str) -> list[dict[str, Any]]:
    """Return rows for onprem.chat.port_probe, run on the host with this ``address``.

    ``plan`` is plain data. Asked is each TCP port that a service declares to a destination, by its name where it has one. UDP
    says nothing when nobody answers, so it is not asked.
    """
    own = ip_address(address)
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for row in plan["egress"]:
        aim, ports = row["name"] or row["to"], row["ports"] or ""
        if row["protocol"] != "tcp" or not aim or not ports.isdigit() or own not in ip_network(row["source"]):
            continue
        if row["name"] is None and ip_network(aim).num_addresses > 1:
            continue
        where = aim.partition("/")[0]
        rows[where, int(ports)] = {
            "rung": f"reach {where} tcp {ports}",
            "kind": "reach",
            "protocol": "tcp",
            "address": where,
            "port": int(ports),
            "outcome": "reach",
            "expected": f"{row['service']} reaches it, as its vendor's page tells to test",
            "service": row["service"],
        }
    return [rows[key] for key in sorted(rows)]
