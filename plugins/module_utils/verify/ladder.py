"""The ladder: rungs that stand on each other, climbed in order; the first broken one is where to look.

A rung is judged only when every rung that it needs held, and none broke that would spoil it. So one fault shows as one
broken rung with the rest above it "not judged", and a fault beside it (the web server down, the chat port sound) does not
hide behind it.
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

#: Faults that lie before the programs, so that they show at all of them: nobody is there, or nobody is let in.
COMMON = frozenset({"tcp-silent", "tcp-unreachable", "web-refused"})


class VerifyError(Exception):
    """A verification that cannot be climbed as it was described; holds every fault found."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Rung:
    """One question: ``kind`` says how it is answered, ``target`` of what.

    ``needs`` are rungs that must hold before. ``unless`` are rungs that must not be broken, held or not: a wrong clock spoils
    every certificate. ``echoes`` are rungs that may show the same fault: when this one is broken and one of those is (of another
    kind, or of this kind with the same fault), there is one fault to be named and not two. ``beside`` are rungs of which that
    holds only when theirs lies before the programs (COMMON). ``address`` is where to go instead of what the target resolves to,
    ``path`` what is asked of a web server.
    """

    name: str
    kind: str
    expected: str
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    echoes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    target: str = ""
    port: int = 0
    address: str = ""
    path: str = ""


@dataclass(frozen=True)
class Observation:
    """What was seen at a rung; ``fault`` is a code of ``faults.FAULTS``, empty when all was as it should be."""

    seen: str
    fault: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A rung with its verdict.

    ``fault`` is the code of what was seen, for who knows more than this vantage; ``echo`` the broken rung that explains it.
    """

    rung: Rung
    state: str
    seen: str
    fault: str = ""
    cause: str = ""
    remedy: str = ""
    echo: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "rung": self.rung.name,
            "kind": self.rung.kind,
            "target": self.rung.target,
            "port": self.rung.port,
            "address": self.rung.address,
            "state": self.state,
            "expected": self.rung.expected,
            "seen": self.seen,
            "fault": self.fault,
            "cause": self.cause,
            "remedy": self.remedy,
            "facts": dict(self.facts),
        }


def climb(rungs: Sequence[Rung], look: Callable[[Rung], Observation]) -> tuple[Step, ...]:
    """Every rung with its verdict, in order; ``look`` is asked for those alone whose needs held."""
    steps: dict[str, Step] = {}
    for rung in rungs:
        missing = [need for need in rung.needs if need not in steps or steps[need].state not in (OK, WARNING)]
        missing += [one for one in rung.unless if one in steps and steps[one].state == BROKEN]
        steps[rung.name] = Step(rung, NOT_JUDGED, f"needs {', '.join(missing)}") if missing else _judged(rung, look(rung), steps)
    return tuple(steps.values())


def _judged(rung: Rung, observation: Observation, below: Mapping[str, Step]) -> Step:
    if not observation.fault:
        return Step(rung, OK, observation.seen, facts=observation.facts)
    fault = explain(observation.fault, rung.target, rung.port)
    named = [one for one in rung.echoes if one in below and _same(below[one], rung, observation)]
    common = [one for one in rung.beside if one in below and below[one].fault in COMMON]
    named += [one for one in common if _same(below[one], rung, observation)]
    if named and fault.mild:
        return Step(rung, OK, observation.seen, facts=observation.facts)
    if named:
        first = below[named[0]].echo or named[0]
        return Step(
            rung, NOT_JUDGED, f"{observation.seen}; {first} is broken", observation.fault, echo=first, facts=observation.facts
        )
    state = WARNING if fault.mild else BROKEN
    return Step(rung, state, observation.seen, observation.fault, fault.cause, fault.remedy, facts=observation.facts)


def _same(step: Step, rung: Rung, observation: Observation) -> bool:
    if step.rung.kind == rung.kind:
        return step.fault == observation.fault and (step.state in (BROKEN, WARNING) or bool(step.echo))
    return step.state == BROKEN or bool(step.echo)
