"""The verdict over all vantages, and a terse table of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .down import folded
from .ladder import BROKEN, NOT_JUDGED, OK, WARNING
from .refine import explained, refined, roots
from .seats import LAN

MARKS = {OK: "ok", WARNING: "!", BROKEN: "BROKEN", NOT_JUDGED: "-"}
#: Kinds of which there are many, and what their common line says.
SUMS = {"from": "read after a new log-in", "reach": "let through as planned", "refuse": "refused as planned"}
Steps = Sequence[Mapping[str, Any]]
#: What makes two broken steps one problem.
SAME = ("rung", "kind", "fault", "expected", "cause", "remedy")
#: What else of a step a problem keeps.
KEPT = ("target", "port", "address")


def verdict(ladders: Mapping[str, Steps], silent: Iterable[str], seats: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Everything that was seen, by vantage, with the first broken rung of each, and what is wrong over all of them.

    ``silent`` vantages never answered; ``seats`` has by vantage its ``seat`` and the ``address`` that the chat server has for it.
    """
    vantages = {
        vantage: {
            "seat": seats.get(vantage, {}).get("seat", LAN),
            "ok": not any(step["state"] == BROKEN for step in steps),
            "first_broken": next((step["rung"] for step in steps if step["state"] == BROKEN), ""),
            "steps": [dict(step) for step in steps],
        }
        for vantage, steps in ladders.items()
    }
    missing = sorted(silent)
    found = [refined(problem, ladders, seats) for problem in problems(ladders, BROKEN, seats)]
    found = folded(found, missing, ladders, seats)
    return {
        "ok": bool(vantages) and not missing and not found,
        "silent": missing,
        "findings": findings(found, missing, bool(ladders)),
        "problems": found,
        "warnings": problems(ladders, WARNING, seats),
        "vantages": vantages,
    }


def problems(ladders: Mapping[str, Steps], state: str, seats: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each thing that is in a state once, with all the vantages that saw it, and with what it explains (``affects``)."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    because: dict[str, list[str]] = {root: [] for root in roots(ladders)}
    for vantage, steps in ladders.items():
        own = seats.get(vantage, {})
        for step in steps:
            if step["state"] != state:
                continue
            root = explained(step, own.get("seat", LAN), own.get("address", ""), because)
            if root:
                because[root].append(f"{step['rung']} ({vantage})")
                continue
            key = tuple(str(step.get(part, "")) for part in SAME)
            kept = {part: step.get(part, "") for part in KEPT}
            problem = found.setdefault(key, {"vantages": [], **dict(zip(SAME, key)), **kept, "seen": []})
            problem["vantages"].append(vantage)
            if step["seen"] not in problem["seen"]:
                problem["seen"].append(step["seen"])
    return [{**one, "seen": " / ".join(one["seen"]), "affects": because.get(one["kind"], [])} for one in found.values()]


def said(problem: Mapping[str, Any]) -> str:
    """One line for a person: vantages, rung, expected, seen, cause, remedy."""
    words = f"{', '.join(problem['vantages'])}: {problem['rung']}: expected {problem['expected']}; seen: {problem['seen']}. "
    words += f"Likely {problem['cause']}. To do: {problem['remedy']}"
    return words + (f". It breaks as well: {', '.join(problem['affects'])}" if problem["affects"] else "")


def findings(broken: Iterable[Mapping[str, Any]], silent: Iterable[str], looked: bool) -> list[str]:
    """One line for each problem and each silent vantage; nothing to look from is a finding too."""
    lines = [said(problem) for problem in broken]
    lines.extend(f"{host}: could not look from here; ansible {host} -m ansible.builtin.ping says why" for host in silent)
    return lines if looked or lines else ["no vantage: there was no host to look from"]


def table(ladders: Mapping[str, Steps]) -> str:
    """One line for each rung with a mark for each vantage; what was seen beside it when all saw the same.

    Of kinds with many rungs those that are broken for nobody share a line.
    """
    vantages = list(ladders)
    cells = {(vantage, step["rung"]): step for vantage, steps in ladders.items() for step in steps}
    shared = _shared(ladders)
    rungs = [rung for rung in dict.fromkeys(rung for _vantage, rung in cells) if rung not in shared]
    sums = {kind: [rung for rung in shared if shared[rung] == kind] for kind in dict.fromkeys(shared.values())}
    names = [*rungs, *(f"{kind} ({len(rows)})" for kind, rows in sums.items())]
    widths = [max([len(vantage), *map(len, MARKS.values())]) for vantage in vantages]
    first = max(map(len, names), default=0)
    lines = [_line(" " * first, vantages, widths, "")]
    for rung in rungs:
        marks = [_mark(cells.get((vantage, rung))) for vantage in vantages]
        seen = {step["seen"] for vantage in vantages for step in [cells.get((vantage, rung))] if step and step["seen"]}
        lines.append(_line(rung.ljust(first), marks, widths, seen.pop() if len(seen) == 1 else ""))
    for kind, rows in sums.items():
        marks = [_best([cells.get((vantage, rung)) for rung in rows]) for vantage in vantages]
        lines.append(_line(f"{kind} ({len(rows)})".ljust(first), marks, widths, SUMS[kind]))
    return "\n".join(lines)


def _shared(ladders: Mapping[str, Steps]) -> dict[str, str]:
    """The rungs, with their kind, of kinds with many that are broken for nobody."""
    steps = [step for one in ladders.values() for step in one if step.get("kind") in SUMS]
    bad = {step["rung"] for step in steps if step["state"] in (BROKEN, WARNING)}
    return {step["rung"]: str(step["kind"]) for step in steps if step["rung"] not in bad}


def _line(name: str, marks: Sequence[str], widths: Sequence[int], seen: str) -> str:
    return "  ".join([name, *(mark.ljust(width) for mark, width in zip(marks, widths)), seen]).rstrip()


def _best(steps: Iterable[Mapping[str, Any] | None]) -> str:
    """One mark for several rows: sound if one of them could be judged."""
    marks = {_mark(step) for step in steps}
    return MARKS[OK] if MARKS[OK] in marks else max(marks, default="")


def _mark(step: Mapping[str, Any] | None) -> str:
    return MARKS[step["state"]] if step else ""
