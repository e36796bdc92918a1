"""What does not work: each fault once, with the seats that it was seen from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BROKEN, WARNING, NOT_JUDGED, OK = "broken", "warning", "not judged", "ok"
_WORDS = ("rung", "kind", "expected", "seen", "cause", "remedy")


def problems(verdict: Mapping[str, Any], key: str, state: str) -> list[dict[str, Any]]:
    """What the verdict lists under ``key``; without such a list every step in the state, each once for all its vantages."""
    if key in verdict:
        return [
            {"vantages": list(one["vantages"]), **_words(one), "affects": list(one.get("affects") or [])} for one in verdict[key]
        ]
    return gathered(verdict["vantages"], state)


def gathered(vantages: Mapping[str, Any], state: str) -> list[dict[str, Any]]:
    """The steps in one state, in the order of the ladders; the same words from several vantages are one."""
    found: dict[tuple[str, ...], list[str]] = {}
    for host, one in vantages.items():
        for step in one["steps"]:
            if step["state"] == state:
                found.setdefault(tuple(_words(step).values()), []).append(host)
    return [{"vantages": hosts, **dict(zip(_WORDS, words)), "affects": []} for words, hosts in found.items()]


def _words(step: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(step.get(key) or "") for key in _WORDS}
