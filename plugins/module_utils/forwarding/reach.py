"""What a host behind a router has to reach outside, as a product's own page tells to test it: names and ports out of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any


def _aim(row: Mapping[str, Any]) -> str:
    """Return what people call the destination of a way out: its name, or its one address; nothing when it is not one."""
    if row["name"] is not None:
        return str(row["name"])
    if row["to"] is None or ip_network(row["to"]).num_addresses > 1:
        return ""
    return str(ip_network(row["to"]).network_address)


def reach(plan: Mapping[str, Any], address: str) -> list[dict[str, Any]]:
    """Return rows for onprem.chat.port_probe, run on the host with this ``address``.

    ``plan`` is plain data. Asked is each TCP port that a service declares to a destination, by its name where it has one. UDP
    says nothing when nobody answers, so it is not asked.
    """
    own = ip_address(address)
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for row in plan["egress"]:
        aim, ports = _aim(row), row["ports"] or ""
        if row["protocol"] != "tcp" or not aim or not ports.isdigit() or own not in ip_network(row["source"]):
            continue
        rows[aim, int(ports)] = {
            "rung": f"reach {aim} tcp {ports}",
            "kind": "reach",
            "protocol": "tcp",
            "address": aim,
            "port": int(ports),
            "outcome": "reach",
            "expected": f"{row['service']} reaches it, as its vendor's page tells to test",
            "service": row["service"],
        }
    return [rows[key] for key in sorted(rows)]


def faults(plan: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], resolved: Mapping[str, Iterable[str]]) -> list[str]:
    """Return what is wrong, a line each, nothing when all is well.

    ``steps`` are what onprem.chat.port_probe has seen of the rows of reach(), ``resolved`` the addresses that the host itself
    gets for their names. A name that has moved since the plan was made is named as that: a packet filter sees addresses.
    """
    pinned: dict[str, set[str]] = {}
    for row in plan["egress"]:
        if _aim(row):
            pinned.setdefault(_aim(row), set()).add(str(ip_network(row["to"]).network_address))
    found: dict[str, None] = {}
    for step in steps:
        name = str(step["address"])
        here = sorted(set(resolved.get(name, ())))
        moved = sorted(set(here) - pinned.get(name, set()))
        if not here:
            found[f"{name}: this host cannot resolve it; give its network a name server that can"] = None
        elif moved and plan["egress_policy"] == "restricted":
            known = ", ".join(sorted(pinned.get(name, set())))
            reason = f"is {', '.join(moved)} for this host, and the router lets out to {known}; run the playbook again"
            found[f"{name}: {reason}"] = None
        if here and step["state"] != "ok":
            found[f"{name} tcp {step['port']}: {step['seen']} ({', '.join(here)})"] = None
    return list(found)
