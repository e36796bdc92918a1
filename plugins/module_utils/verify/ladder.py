"""The ladder: rungs that stand on each other, climbed in order; the first broken one is where to look.

A rung is judged only when every rung that it needs held. So one fault shows as one broken rung with the rest above it
"not judged", and a fault beside it (the web server down, the chat port sound) does not hide behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .faults import explain

OK = "ok"
WARNING = "warning"
BROKEN = "broken"
NOT_JUDGED = "not judged"


class VerifyError(Exception):
    """A verification that cannot be climbed as it was described; holds every fault found."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Rung:
    """One question: ``kind`` says how it is answered, ``target`` of what, ``needs`` which rungs must hold before.

    ``address`` is where to go instead of what the target resolves to.
    """

    name: str
    kind: str
    expected: str
    needs: tuple[str, ...] = ()
    target: str = ""
    port: int = 0
    address: str = ""


@dataclass(frozen=True)
class Observation:
    """What was seen at a rung; ``fault`` is a code of ``faults.FAULTS``, empty when all was as it should be."""

    seen: str
    fault: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A rung with its verdict."""

    rung: str
    state: str
    expected: str
    seen: str
    cause: str = ""
    remedy: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rung": self.rung,
            "state": self.state,
            "expected": self.expected,
            "seen": self.seen,
            "cause": self.cause,
            "remedy": self.remedy,
            "facts": dict(self.facts),
        }


def climb(rungs: Sequence[Rung], look: Callable[[Rung], Observation]) -> tuple[Step, ...]:
    """Every rung with its verdict, in order; ``look`` is asked for those alone whose needs held."""
    held: set[str] = set()
    steps = []
    for rung in rungs:
        missing = [need for need in rung.needs if need not in held]
        step = _not_judged(rung, missing) if missing else _judged(rung, look(rung))
        if step.state in (OK, WARNING):
            held.add(rung.name)
        steps.append(step)
    return tuple(steps)


def _not_judged(rung: Rung, missing: Sequence[str]) -> Step:
    return Step(rung.name, NOT_JUDGED, rung.expected, f"needs {', '.join(missing)}")


def _judged(rung: Rung, observation: Observation) -> Step:
    if not observation.fault:
        return Step(rung.name, OK, rung.expected, observation.seen, facts=observation.facts)
    fault = explain(observation.fault, rung.target, rung.port)
    state = WARNING if fault.mild else BROKEN
    return Step(rung.name, state, rung.expected, observation.seen, fault.cause, fault.remedy, observation.facts)
