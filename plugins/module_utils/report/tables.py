"""The tables of the page: certificates, zones, open ports, machines and versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .drawing import MARKS
from .notices import days, is_ending
from .ports import ADMINISTRATION, LOCAL, PLANNED, UNHELD, UNPLANNED
from .problems import BROKEN, OK, WARNING

Data = Mapping[str, Any]
KINDS = {
    "server": "certificate of a server",
    "authority": "certificate authority",
    "root": "root, which every device trusts",
    "revocation list": "revocation list",
}
PORTS = {PLANNED: OK, ADMINISTRATION: OK, UNPLANNED: WARNING, UNHELD: BROKEN}
DUTIES = {
    "authority": "certificate authority",
    "dns": "name server",
    "chat": "chat server",
    "time": "time source",
    "vantage": "desk",
    "public": "public name",
    "relay": "relay for calls",
    "router": "router",
}


def certificate(row: Data) -> dict[str, Any]:
    """A certificate or a list, with the state of its remaining days."""
    left = row["days_left"]
    return {
        "name": row["name"],
        "kind": KINDS[row["kind"]],
        "others": [name for name in row["names"] if name != row["name"]],
        "issuer": row["issuer"] if row["issuer"] != row["name"] else "",
        "ends": row["ends"],
        "left": days(left) if left >= 0 else f"ended {days(-left)} ago",
        "mark": MARKS[BROKEN if left < 0 else WARNING if is_ending(row) else OK],
        "state": "ended" if left < 0 else "ends soon" if is_ending(row) else "valid",
        "sum": ":".join(row["sha256"][at : at + 2] for at in range(0, 64, 2)).upper(),
        "places": [f"{place['host']}: {place['path']}" for place in row["places"]],
    }


def zone(row: Data) -> dict[str, Any]:
    """A zone, with what every server has of it."""
    said = [{"host": host, "serial": row["faults"].get(host) or str(serial)} for host, serial in row["serials"].items()]
    return {
        "zone": row["zone"],
        "mark": MARKS[OK if row["ok"] else BROKEN],
        "state": "the same" if row["ok"] else "not the same",
        "said": said,
    }


def open_ports(rows: Iterable[Data]) -> list[dict[str, Any]]:
    """The ports by host; those that a machine keeps for itself are a line."""
    hosts: dict[str, dict[str, Any]] = {}
    for row in rows:
        host = hosts.setdefault(row["host"], {"host": row["host"], "rows": [], "local": []})
        if row["state"] == LOCAL:
            host["local"].append(f"{row['protocol']} {row['port']} {row['process']}".strip())
            continue
        told = {"mark": MARKS[PORTS[row["state"]]], "state": row["state"], "port": f"{row['protocol']} {row['port']}"}
        host["rows"].append(
            {**told, "process": row["process"] or "\u2013", "reach": row["reach"], "outside": bool(row["outside"])}
        )
    return list(hosts.values())


def machine(host: str, one: Data, serials: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a machine is and how it is."""
    facts = [{"label": "Duties", "value": _duties(one["duties"])}]
    if not one["answered"]:
        facts.append({"label": "Silent", "value": one["said"]})
        return {"host": host, "address": one["address"], "facts": facts}
    facts.append({"label": "System", "value": f"{one['system']}, Linux {one['kernel']}"})
    serial = next((serial for serial, hosts in serials.items() if host in hosts), "")
    if serial:
        facts.append({"label": "Bundle", "value": serial})
    facts.append({"label": "Disk", "value": "; ".join(_disk(disk) for disk in one["disks"])})
    facts.append({"label": "Clock", "value": _clock(one["clock"])})
    return {"host": host, "address": one["address"], "facts": facts}


def _duties(duties: Sequence[str]) -> str:
    """What a machine is for; that the chat is tried from it as well says nothing of a server."""
    return ", ".join(DUTIES.get(duty, duty) for duty in duties if duty != "vantage" or len(duties) == 1)


def _disk(disk: Data) -> str:
    return f"{disk['path']} {_size(disk['free_mb'])} of {_size(disk['size_mb'])} free"


def _size(megabytes: int) -> str:
    return f"{megabytes} MB" if megabytes < 10240 else f"{megabytes / 1024:.0f} GB"


def _clock(one: Data) -> str:
    ahead, source = one["ahead"], one["source"]
    said = f"{abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} the control node's" if ahead else "as the control node's"
    if not source:
        return said
    followed = (source["source"] or "itself") if source["synchronised"] else "nobody"
    return f"{said}, follows {followed}"


def version(package: str, versions: Mapping[str, list[str]], hosts: Data) -> dict[str, Any]:
    """A package with its versions; where all machines have the same one, no host is named."""
    everywhere = sum(one["answered"] for one in hosts.values())
    said = [{"version": version, "hosts": "" if len(on) == everywhere else ", ".join(on)} for version, on in versions.items()]
    return {"package": package, "said": said}
