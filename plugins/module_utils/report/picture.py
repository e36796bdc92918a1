"""The network picture: who looks at what, and which of these ways hold. The page draws it; here is what there is to draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .problems import BROKEN, NOT_JUDGED, OK, WARNING

Data = Mapping[str, Any]
#: Rungs that ask a name server or the resolver; all others are about the chat itself.
_NAMES = ("dns", "name", "wrong-name", "foreign", "srv")
#: Rows of the router's plan; they are about the router, and not all of them about the chat.
ROWS = ("reach", "refuse")
#: What says nothing of the way from a seat: it is done on the chat server.
_ELSEWHERE = ("accounts",)
#: Seats with a box of their own; the chat server and the router are boxes already and have their mark inside.
_PEOPLE = {"outside": "People outside", "lan": "People inside", "controller": "Control node"}
_INSIDE = {"server": "chat", "router": "router"}


def picture(report: Data, site: Data) -> dict[str, Any]:
    """``boxes`` by name (title, rows of text and state), and ``ways`` between them (start, end, state, said)."""
    seats: dict[str, dict[str, Data]] = {}
    for host, one in report["vantages"].items():
        seats.setdefault(one["seat"], {})[host] = one
    silent: dict[str, list[str]] = {}
    for host in report["silent"]:
        silent.setdefault(site.get("seats", {}).get(host, {}).get("seat", "lan"), []).append(host)
    boxes = {**_site_boxes(report, site, seats, silent), **_people_boxes(seats, silent)}
    return {"boxes": boxes, "ways": [one for one in _ways(report, seats) if one["start"] in boxes and one["end"] in boxes]}


def worst(states: Iterable[str]) -> str:
    """The state of what needs all of these; what was not judged for a reason of its own does not count beside what was."""
    found = set(states)
    return next((state for state in (BROKEN, "blocked", WARNING, OK) if state in found), NOT_JUDGED).replace(
        "blocked", NOT_JUDGED
    )


def _state(step: Data) -> str:
    """A step's state; ``blocked`` when it is not judged because another one is broken (verify.ladder)."""
    seen = str(step["seen"])
    because = seen.startswith("needs ") or seen.endswith(" is broken")
    return "blocked" if step["state"] == NOT_JUDGED and because else str(step["state"])


def _row(text: str, state: str = "") -> dict[str, str]:
    return {"text": text, "state": state}


def _site_boxes(report: Data, site: Data, seats: Data, silent: Data) -> dict[str, Any]:
    server = report["hosts"].get(site["chat"]["host"], {"address": report["address"]})
    chat = [_row(f"{site['chat']['host']}  {server['address']}")]
    router = [_row(f"{host}  {one['address']}") for host, one in report["hosts"].items() if "router" in one["duties"]]
    names = [
        _row(f"{host}  {one['address']}", _server(report, one["address"]))
        for host, one in report["hosts"].items()
        if "dns" in one["duties"]
    ]
    boxes: dict[str, Any] = {"chat": {"title": "Chat server", "rows": chat}, "names": {"title": "Name servers", "rows": names}}
    if report["public"]:
        rows = [_row(f"public {report['public']}"), *router]
        boxes["router"] = {"title": "Router", "rows": rows}
    for seat, box in _INSIDE.items():
        if (seat in seats or seat in silent) and box in boxes:
            states = [_state(step) for one in seats.get(seat, {}).values() for step in one["steps"]]
            boxes[box]["rows"].append(_row("tried from here", BROKEN if seat in silent else worst(states)))
    if "outside" in seats:
        boxes["public names"] = {"title": "Public names", "rows": [_row(report["name"])]}
    return boxes


def _server(report: Data, address: str) -> str:
    """What the seats saw of one name server; empty when none asked it."""
    states = [_state(step) for one in report["vantages"].values() for step in one["steps"] if step["rung"] == f"dns {address}"]
    return worst(states) if states else ""


def _people_boxes(seats: Data, silent: Data) -> dict[str, Any]:
    boxes = {}
    for seat, title in _PEOPLE.items():
        rows = [_row(host, worst(map(_state, one["steps"]))) for host, one in seats.get(seat, {}).items()]
        rows += [_row(host, BROKEN) for host in silent.get(seat, [])]
        if rows:
            boxes[seat] = {"title": title, "rows": _short(rows)}
    return boxes


def _short(rows: list[dict[str, str]], most: int = 4) -> list[dict[str, str]]:
    """The rows that fit; those that do not work come first, and the rest is one row."""
    if len(rows) <= most:
        return rows
    ordered = sorted(rows, key=lambda row: row["state"] == OK)
    rest = ordered[most - 1 :]
    return [*ordered[: most - 1], _row(f"and {len(rest)} more", worst(row["state"] for row in rest))]


def _ways(report: Data, seats: Data) -> list[dict[str, str]]:
    hairpin = f" at {report['public']}" if report["public"] else ""
    parts: dict[str, dict[str, list[str]]] = {}
    for seat, vantages in seats.items():
        legs = parts.setdefault(seat, {"names": [], "chat": [], "hairpin": [], "rows": []})
        for one in vantages.values():
            for step in one["steps"]:
                if step["kind"] not in _ELSEWHERE:
                    legs[_leg(step, hairpin)].append(_state(step))
    found = []
    for seat in ("lan", "controller"):
        legs = parts.get(seat, {})
        found.append(_way(seat, "names", legs.get("names", []), "names"))
        found.append(_way(seat, "chat", legs.get("chat", []), "chat"))
    lan, outside, router = (parts.get(seat, {}) for seat in ("lan", "outside", "router"))
    found.append(_way("lan", "router", [*lan.get("hairpin", []), *lan.get("rows", [])], "by the public address"))
    found.append(_way("outside", "public names", outside.get("names", []), "names"))
    found.append(_way("outside", "router", [*outside.get("chat", []), *outside.get("rows", [])], "chat"))
    # the way back inside says something of the forwards only where nobody comes by them from outside
    through = outside.get("chat", []) or lan.get("hairpin", [])
    found.append(_way("router", "chat", [*through, *router.get("chat", [])], "forwards"))
    return [one for one in found if one["state"]]


def _leg(step: Data, hairpin: str) -> str:
    if hairpin and str(step["rung"]).endswith(hairpin):
        return "hairpin"
    kind = step["kind"] or str(step["rung"]).partition(" ")[0]
    if kind in ROWS:
        return "rows"
    return "names" if kind in _NAMES or step["rung"] == "wrong name" else "chat"


def _way(start: str, end: str, states: list[str], said: str) -> dict[str, str]:
    return {"start": start, "end": end, "state": worst(states) if states else "", "said": said}
