"""The report in the words of its page: every decision is made here, the template only puts down."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import tables
from .drawing import MARKS, WORDS, drawing
from .hosts import silence
from .make import SEATS
from .notices import days
from .picture import ROWS
from .problems import BROKEN, NOT_JUDGED, OK, WARNING

Data = Mapping[str, Any]
SITUATIONS = {"air_gap": "air gap", "nat_fixed_ip": "behind NAT with a fixed public address"}
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


def changed(rows: Iterable[Data]) -> list[str]:
    """One line for each change; the same on several hosts is one."""
    together: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        together.setdefault(tuple(row[key] for key in ("what", "subject", "before", "after")), []).append(row["host"])
    return [_change(", ".join(filter(None, hosts)), *key[1:]) for key, hosts in together.items()]


def _change(hosts: str, subject: str, before: str, after: str) -> str:
    about = ": ".join(word for word in (hosts, subject) if word)
    if not before:
        return f"{about}: new, {after}"
    return f"{about}: was {before}, now {after}" if after else f"{about}: gone, was {before}"


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
        "silent": [{"host": host, "said": silence(report, host)} for host in report["silent"]],
        "notices": report["notices"],
        "picture": drawing(report["picture"]),
        "since": moment(report["changes"]["since"]) if report["changes"]["since"] else "",
        "changes": _changes(report["changes"]["list"]),
        "seats": [_seat(host, one) for host, one in report["vantages"].items()],
        "certificates": [tables.certificate(row) for row in report["certificates"]],
        "zones": [tables.zone(row) for row in report["zones"]],
        "ports": tables.open_ports(report["ports"]),
        "machines": [tables.machine(host, one, report["bundle"]["serials"]) for host, one in report["hosts"].items()],
        "versions": [tables.version(package, versions, report["hosts"]) for package, versions in report["versions"].items()],
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
    skipped = sum(step["state"] == NOT_JUDGED for step in steps)
    hold = f"checks hold, {skipped} not judged" if skipped else "checks hold"
    facts = [{"value": str(held) if held + skipped == len(steps) else f"{held} of {len(steps)}", "label": hold}]
    if ends:
        facts.append({"value": days(ends[0][0]) if ends[0][0] >= 0 else "ended", "label": "until the first certificate ends"})
    if serials:
        facts.append({"value": ", ".join(serials), "label": "bundle in use"})
    facts.append({"value": str(len(report["hosts"])), "label": "machines" if len(report["hosts"]) != 1 else "machine"})
    return facts


def _problem(one: Data) -> dict[str, Any]:
    return {
        **one,
        "vantages": ", ".join(one["vantages"]),
        "remedy": one["remedy"].split("; "),
        "affects": ", ".join(one["affects"]),
    }


def _changes(rows: Sequence[Data]) -> list[dict[str, Any]]:
    groups = {what: [row for row in rows if row["what"] == what] for what in _CHANGES}
    return [{"title": _CHANGES[what], "lines": changed(group)} for what, group in groups.items() if group]


def _seat(host: str, one: Data) -> dict[str, Any]:
    states = [step["state"] for step in one["steps"]]
    broken = states.count(BROKEN)
    state = BROKEN if broken else OK if one["ok"] else NOT_JUDGED
    return {
        "host": host,
        "seat": SEATS.get(one["seat"], one["seat"]),
        "mark": MARKS[state],
        "state": WORDS[state],
        "count": held(states),
        "open": bool(broken),
        "steps": [_step(step) for step in one["steps"] if step["kind"] not in ROWS],
        "rows": [_step(step) for step in one["steps"] if step["kind"] in ROWS],
    }


def held(states: Sequence[str]) -> str:
    """How many of the states hold, and what became of the others."""
    broken, skipped = states.count(BROKEN), states.count(NOT_JUDGED)
    words = [f"{len(states) - broken - skipped} hold"]
    words += [f"{broken} broken"] if broken else []
    words += [f"{skipped} not judged"] if skipped else []
    return ", ".join(words)


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
