"""The verdict over all vantages, and a terse table of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .ladder import BROKEN, NOT_JUDGED, OK, WARNING

MARKS = {OK: "ok", WARNING: "!", BROKEN: "BROKEN", NOT_JUDGED: "-"}
Steps = Sequence[Mapping[str, Any]]


def verdict(ladders: Mapping[str, Steps], silent: Iterable[str]) -> dict[str, Any]:
    """Everything that was seen, by vantage, with the first broken rung of each; ``silent`` vantages never answered."""
    vantages = {
        vantage: {
            "ok": not any(step["state"] in (BROKEN, NOT_JUDGED) for step in steps),
            "first_broken": next((step["rung"] for step in steps if step["state"] == BROKEN), ""),
            "steps": [dict(step) for step in steps],
        }
        for vantage, steps in ladders.items()
    }
    missing = sorted(silent)
    return {
        "ok": bool(vantages) and not missing and all(one["ok"] for one in vantages.values()),
        "vantages": vantages,
        "silent": missing,
    }


def findings(ladders: Mapping[str, Steps], states: Sequence[str]) -> list[str]:
    """One line for each step in one of the states: vantages, rung, expected, seen, cause, remedy."""
    lines: dict[str, list[str]] = {}
    for vantage, steps in ladders.items():
        for step in steps:
            if step["state"] in states:
                words = f"{step['rung']}: expected {step['expected']}; seen: {step['seen']}. "
                words += f"Likely {step['cause']}. To do: {step['remedy']}"
                lines.setdefault(words, []).append(vantage)
    return [f"{', '.join(vantages)}: {words}" for words, vantages in lines.items()]


def table(ladders: Mapping[str, Steps]) -> str:
    """One line for each rung with a mark for each vantage; what was seen beside it when there is one vantage."""
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
