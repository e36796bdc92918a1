"""From the answers of the probes, as Ansible has registered them, to one ladder for each vantage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .ladder import BROKEN, COMMON, NOT_JUDGED, OK, WARNING
from .row_steps import rules_step
from .seats import CONTROLLER, ROUTER

Answer = Mapping[str, Any]
Steps = list[dict[str, Any]]
HELD = (OK, WARNING)
#: What of one probe stands on a rung of another, by the kind of its steps.
BELOW = {"from": ("history",)}


def gathered(answers: Mapping[str, Sequence[Answer]], seats: Mapping[str, str]) -> tuple[dict[str, Steps], list[str]]:
    """The ladder of each vantage, and the vantages of which one probe never answered.

    ``answers`` holds the registered results of a vantage in the order of the ladder; an empty one was never registered. A vantage
    whose probes were all skipped is none. ``seats`` says where each sits.
    """
    ladders = {}
    silent = []
    for host, results in answers.items():
        steps = [step for result in results for step in _steps(result)]
        if steps:
            ladders[host] = steps
        if any(result and not _steps(result) and not result.get("skipped") for result in results) or not any(results):
            silent.append(host)
    return {host: _settled(steps, seats.get(host, "")) for host, steps in ladders.items()}, silent


def wrote(answers: Mapping[str, Answer]) -> list[str]:
    """The vantages whose message reached its receiver, out of the answers of onprem.chat.site_probe."""
    return [host for host, answer in answers.items() if _state(_steps(answer), "message") in HELD]


def _steps(result: Answer) -> Steps:
    """The steps of one answer; that of onprem.chat.nat_ruleset_info becomes one."""
    if "intact" in result:
        return [rules_step(result)]
    return [dict(step) for step in result.get("steps", ())]


def _state(steps: Steps, rung: str) -> str:
    return next((str(step["state"]) for step in steps if step["rung"] == rung), "")


def _settled(steps: Steps, seat: str) -> Steps:
    """The steps of all probes of a vantage as one ladder.

    What stands on a rung of another probe (``needs``) is not judged without it, and what shows a fault that is named already
    (``echoes``) is not named again.
    """
    settled: Steps = []
    for step in steps:
        below = (*step.pop("needs", ()), *BELOW.get(str(step.get("kind", "")), ()))
        missing = [need for need in below if _state(settled, need) not in (*HELD, "")]
        echoes = step.pop("echoes", ())
        named = [one for one in settled if _same(one, step) and (one["rung"] in echoes or _common(one, step))]
        if step["state"] != BROKEN:
            pass
        elif missing:
            step = _unjudged(step, f"needs {', '.join(missing)}")
        elif named:
            step = _unjudged(step, f"{step['seen']}; {named[0]['rung']} is broken")
        elif step.get("fault") == "library" and seat in (ROUTER, CONTROLLER):
            step = _unjudged(step, step["seen"])  # nothing is installed there
        settled.append(step)
    return settled


def _same(one: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    return bool(one["state"] == BROKEN and one["fault"] == step["fault"])


def _common(one: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    """Whether two ports of one machine are as one, for what is wrong lies before the programs."""
    return bool(step["fault"] in COMMON and (one["kind"], one.get("address")) == (step["kind"], step.get("address")))


def _unjudged(step: Mapping[str, Any], seen: str) -> dict[str, Any]:
    return {**step, "state": NOT_JUDGED, "seen": seen, "fault": "", "cause": "", "remedy": ""}
