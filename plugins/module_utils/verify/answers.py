"""From the answers of the probes, as Ansible has registered them, to one ladder for each vantage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]


def gathered(answers: Mapping[str, Sequence[Answer]]) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The ladder of each vantage, and the vantages of which one probe never answered.

    ``answers`` holds the registered results of a vantage in the order of the ladder; an empty one was never registered. A vantage
    whose probes were all skipped is none.
    """
    ladders = {}
    silent = []
    for host, results in answers.items():
        steps = [dict(step) for result in results for step in result.get("steps", ())]
        if steps:
            ladders[host] = steps
        if any(result and "steps" not in result and not result.get("skipped") for result in results) or not any(results):
            silent.append(host)
    return ladders, silent
