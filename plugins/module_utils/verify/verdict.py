"""The verdict over all vantages, and a terse table of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .ladder import BROKEN, NOT_JUDGED, OK, WARNING

MARKS = {OK: "ok", WARNING: "!", BROKEN: "BROKEN", NOT_JUDGED: "-"}
Steps = Sequence[Mapping[str, Any]]
#: What makes two broken steps one problem.
SAME = ("rung", "kind", "expected", "cause", "remedy")


def verdict(ladders: Mapping[str, Steps], silent: Iterable[str], seats: Mapping[str, str]) -> dict[str, Any]:
    """Everything that was seen, by vantage, with the first broken rung of each, and what is wrong over all of them.

    ``silent`` vantages never answered; ``seats`` says where each of them sits.
    """
    vantages = {
        vantage: {
            "seat": seats.get(vantage, "lan"),
            "ok": not any(step["state"] == BROKEN for step in steps),
            "first_broken": next((step["rung"] for step in steps if step["state"] == BROKEN), ""),
            "steps": [dict(step) for step in steps],
        }
        for vantage, steps in ladders.items()
    }
    missing = sorted(silent)
    found = problems(ladders, (BROKEN,))
    return {
        "ok": bool(vantages) and not missing and not found,
        "silent": missing,
        "findings": findings(found, missing, bool(ladders)),
        "problems": found,
        "warnings": problems(ladders, (WARNING,)),
        "vantages": vantages,
    }


def problems(ladders: Mapping[str, Steps], states: Sequence[str]) -> list[dict[str, Any]]:
    """Each thing that is in one of the states once, with all the vantages that saw it."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for vantage, steps in ladders.items():
        for step in steps:
            if step["state"] not in states:
                continue
            key = tuple(str(step.get(part, "")) for part in SAME)
            problem = found.setdefault(key, {"vantages": [], **dict(zip(SAME, key)), "seen": []})
            problem["vantages"].append(vantage)
            if step["seen"] not in problem["seen"]:
                problem["seen"].append(step["seen"])
    return [{**problem, "seen": " / ".join(problem["seen"])} for problem in found.values()]


def said(problem: Mapping[str, Any]) -> str:
    """One line for a person: vantages, rung, expected, seen, cause, remedy."""
    words = f"{', '.join(problem['vantages'])}: {problem['rung']}: expected {problem['expected']}; seen: {problem['seen']}. "
    return words + f"Likely {problem['cause']}. To do: {problem['remedy']}"


def findings(broken: Iterable[Mapping[str, Any]], silent: Iterable[str], looked: bool) -> list[str]:
    """One line for each problem and each silent vantage; nothing to look from is a finding too."""
    lines = [said(problem) for problem in broken]
    lines.extend(f"{host}: could not look from here; see the message above" for host in silent)
    return lines if looked or lines else ["no vantage: there was no host to look from"]


def table(ladders: Mapping[str, Steps]) -> str:
    """One line for each rung with a mark for each vantage; what was seen beside it when all saw the same."""
    vantages = list(ladders)
    rungs = list(dict.fromkeys(step["rung"] for steps in ladders.values() for step in steps))
    cells = {(vantage, step["rung"]): step for vantage, steps in ladders.items() for step in steps}
    widths = [max([len(vantage), *map(len, MARKS.values())]) for vantage in vantages]
    first = max(map(len, rungs), default=0)
    lines = ["  ".join([" " * first, *(vantage.ljust(width) for vantage, width in zip(vantages, widths))]).rstrip()]
    for rung in rungs:
        marks = [_mark(cells.get((vantage, rung))).ljust(width) for vantage, width in zip(vantages, widths)]
        seen = [step["seen"] for vantage in vantages for step in [cells.get((vantage, rung))] if step and step["seen"]]
        lines.append("  ".join([rung.ljust(first), *marks, seen[0] if len(set(seen)) == 1 else ""]).rstrip())
    return "\n".join(lines)


def _mark(step: Mapping[str, Any] | None) -> str:
    return MARKS[step["state"]] if step else ""
