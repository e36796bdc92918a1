"""The report in the words of its page: every decision is made here, the template only puts down."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .drawing import MARKS, WORDS, drawing
from .notices import days, is_ending
from .ports import ADMINISTRATION, LOCAL, PLANNED, UNHELD, UNPLANNED
from .problems import BROKEN, NOT_JUDGED, OK, WARNING

Data = Mapping[str, Any]
SEATS = {
    "lan": "inside",
    "outside": "outside",
    "server": "the server itself",
    "router": "the router",
    "controller": "the control node",
}
SITUATIONS = {"air_gap": "air gap", "nat_fixed_ip": "behind NAT with a fixed public address"}
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
    "router": "router",
}
_CHANGES = {
    "verdict": "Verdict",
    "fault": "Fault",
    "seat": "Seats",
    "machine": "Machines",
    "bundle": "Bundle",
    "version": "Versions",
    "certificate": "Certificates",
    "zone": "Zones",
    "port": "Ports",
}


def plural(count: int, word: str) -> str:
    """A count with its word: 1 seat, 2 seats."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def moment(when: str) -> str:
    """A time of the report as people write it: 21 November 2026, 16:48 UTC."""
    found = datetime.datetime.strptime(when, "%Y-%m-%dT%H:%M:%SZ")
    return f"{found.day} {found:%B %Y, %H:%M} UTC"


def change(one: Data) -> str:
    """One line for a change."""
    about = ": ".join(word for word in (one["host"], one["subject"]) if word)
    if not one["before"]:
        return f"{about}: new, {one['after']}"
    return f"{about}: was {one['before']}, now {one['after']}" if one["after"] else f"{about}: gone, was {one['before']}"


def view(report: Data) -> dict[str, Any]:
    """What the template is given."""
    return {
        "site": report["site"],
        "name": report["name"],
        "when": moment(report["when"]),
        "iso": report["when"],
        "situation": SITUATIONS[report["situation"]],
        "head": _head(report),
        "facts": _facts(report),
        "problems": [_problem(one) for one in report["problems"]],
        "silent": report["silent"],
        "notices": report["notices"],
        "picture": drawing(report["picture"]),
        "since": moment(report["changes"]["since"]) if report["changes"]["since"] else "",
        "changes": _changes(report["changes"]["list"]),
        "seats": [_seat(host, one) for host, one in report["vantages"].items()],
        "certificates": [_certificate(row) for row in report["certificates"]],
        "zones": [_zone(row) for row in report["zones"]],
        "ports": _ports(report["ports"]),
        "machines": [_machine(host, one, report["bundle"]["serials"]) for host, one in report["hosts"].items()],
        "versions": [_version(package, versions, report["hosts"]) for package, versions in report["versions"].items()],
        "web": report["bundle"]["web"],
    }


def _head(report: Data) -> dict[str, str]:
    seats = [SEATS.get(one["seat"], one["seat"]) for one in report["vantages"].values()]
    told = ", ".join(f"{seats.count(seat)} {seat}" if seats.count(seat) > 1 else seat for seat in dict.fromkeys(seats))
    looked = (
        f"{report['name']} was looked at from {plural(len(seats), 'seat')} ({told})"
        if seats
        else "There was no seat to look from"
    )
    if report["ok"]:
        return {"mark": MARKS[OK], "words": "The chat works", "looked": looked}
    count = len(report["problems"]) + len(report["silent"])
    words = f"{plural(count, 'thing')} {'does' if count == 1 else 'do'} not work" if count else "Not everything could be judged"
    return {"mark": MARKS[BROKEN if count else WARNING], "words": words, "looked": looked}


def _facts(report: Data) -> list[dict[str, str]]:
    steps = [step for one in report["vantages"].values() for step in one["steps"]]
    held = sum(step["state"] in (OK, WARNING) for step in steps)
    ends = sorted((row["days_left"], row["name"]) for row in report["certificates"] if row["kind"] != "revocation list")
    serials = list(report["bundle"]["serials"])
    facts = [{"value": f"{held} of {len(steps)}", "label": "checks hold"}]
    if ends:
        facts.append({"value": days(ends[0][0]) if ends[0][0] >= 0 else "ended", "label": "until the first certificate ends"})
    if serials:
        facts.append({"value": ", ".join(serials), "label": "bundle in use"})
    facts.append({"value": str(len(report["hosts"])), "label": "machines" if len(report["hosts"]) != 1 else "machine"})
    return facts


def _problem(one: Data) -> dict[str, Any]:
    return {**one, "vantages": ", ".join(one["vantages"]), "remedy": one["remedy"].split("; ")}


def _changes(rows: Iterable[Data]) -> list[dict[str, Any]]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(_CHANGES[row["what"]], []).append(change(row))
    return [{"title": title, "lines": lines} for title, lines in groups.items()]


def _seat(host: str, one: Data) -> dict[str, Any]:
    states = [step["state"] for step in one["steps"]]
    broken, skipped = states.count(BROKEN), states.count(NOT_JUDGED)
    held = len(states) - broken - skipped
    words = [f"{held} of {len(states)} hold"]
    words += [f"{broken} broken"] if broken else []
    words += [f"{skipped} not judged"] if skipped else []
    state = BROKEN if broken else OK if one["ok"] else NOT_JUDGED
    return {
        "host": host,
        "seat": SEATS.get(one["seat"], one["seat"]),
        "mark": MARKS[state],
        "state": WORDS[state],
        "count": ", ".join(words),
        "open": bool(broken),
        "steps": [_step(step) for step in one["steps"]],
    }


def _step(step: Data) -> dict[str, Any]:
    took = step["facts"].get("milliseconds")
    return {
        "rung": step["rung"],
        "mark": MARKS[step["state"]],
        "state": WORDS[step["state"]],
        "seen": step["seen"],
        "expected": step["expected"] if step["state"] in (BROKEN, WARNING) else "",
        "took": f"{took} ms" if took is not None else "",
    }


def _certificate(row: Data) -> dict[str, Any]:
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


def _zone(row: Data) -> dict[str, Any]:
    said = [{"host": host, "serial": row["faults"].get(host) or str(serial)} for host, serial in row["serials"].items()]
    return {
        "zone": row["zone"],
        "mark": MARKS[OK if row["ok"] else BROKEN],
        "state": "the same" if row["ok"] else "not the same",
        "said": said,
    }


def _ports(rows: Iterable[Data]) -> list[dict[str, Any]]:
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


def _machine(host: str, one: Data, serials: Mapping[str, list[str]]) -> dict[str, Any]:
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


def _version(package: str, versions: Mapping[str, list[str]], hosts: Data) -> dict[str, Any]:
    everywhere = sum(one["answered"] for one in hosts.values())
    said = [{"version": version, "hosts": "" if len(on) == everywhere else ", ".join(on)} for version, on in versions.items()]
    return {"package": package, "said": said}
