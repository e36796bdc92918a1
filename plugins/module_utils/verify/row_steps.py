"""From what was seen of a row of the router's plan to a step of the ladder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .faults import FAULTS
from .ladder import BROKEN, NOT_JUDGED, OK, WARNING
from .row_faults import ROW_FAULTS, SEEN, TCP_FAULTS, UNKNOWN, VERDICTS

Row = Mapping[str, Any]


def fault_of(row: Row, seen: str) -> str | None:
    """The fault that was seen; empty when it is as it should be, None when nobody can tell."""
    if seen == UNKNOWN:
        return None
    return TCP_FAULTS[seen] if row["kind"] == "tcp" else VERDICTS[row["outcome"], bool(row["ours"]), seen]


def step(row: Row, seen: str, milliseconds: int) -> dict[str, Any]:
    """One row with its verdict; ``needs`` and ``echoes`` stay in it until the ladder of the vantage is put together."""
    code = fault_of(row, seen)
    words = SEEN[seen]
    if code is None and seen != UNKNOWN:
        words += "; Ansible does not manage what should answer"
    facts = {"protocol": row["protocol"], "service": row["service"], "milliseconds": milliseconds}
    found = made(str(row["rung"]), str(row["kind"]), str(row["expected"]), code, words, str(row["address"]), row["port"], facts)
    return {**found, "needs": list(row["needs"]), "echoes": list(row["echoes"])}


def rules_step(host_answer: Mapping[str, Any]) -> dict[str, Any]:
    """The rung ``rules``, out of the answer of onprem.chat.nat_ruleset_info."""
    code, seen = "", "the rules of the plan"
    if not host_answer["present"]:
        code, seen = "rules-gone", "no rules of ours"
    elif not host_answer["intact"]:
        code, seen = "rules-changed", "other rules than those that were put there"
    elif host_answer["pending"]:
        code, seen = "rules-pending", "rules that wait for their confirmation"
    return made("rules", "rules", "the rules that were put there are in force", code, seen)


def made(
    rung: str,
    kind: str,
    expected: str,
    code: str | None,
    seen: str,
    target: str = "",
    port: int = 0,
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A step as onprem.chat.site_probe returns it."""
    known = {**FAULTS, **ROW_FAULTS}
    fault = known[code] if code else None
    state = NOT_JUDGED if code is None else OK if fault is None else WARNING if fault.mild else BROKEN
    return {
        "rung": rung,
        "kind": kind,
        "target": target,
        "port": port,
        "address": target,
        "state": state,
        "expected": expected,
        "seen": seen,
        "fault": code or "",
        "cause": fault.cause.format(target=target, port=port) if fault else "",
        "remedy": fault.remedy.format(target=target, port=port) if fault else "",
        "facts": dict(facts or {}),
    }
