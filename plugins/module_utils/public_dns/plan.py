"""Compute: what is to be changed, and where the name servers of the zone do not agree with what should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..intent.error import Problem
from .error import Disagreement, PublicDnsError
from .model import Answer, Intent, Reading, RecordSet, lines


@dataclass(frozen=True)
class Change:
    """A record set that is to be replaced, and what stands there now."""

    record: RecordSet
    before: Reading

    @property
    def old_lines(self) -> tuple[str, ...]:
        """What stands there now, as lines of a zone file."""
        return lines(self.record.name, self.before.ttl or 0, self.record.kind, self.before.values)


def changes(records: Iterable[RecordSet], readings: Mapping[RecordSet, Reading], prefix: str = "") -> tuple[Change, ...]:
    """Return what has to change at a server that says ``readings``.

    Raises PublicDnsError where a change cannot be made: beside an alias nothing else may stand (RFC 1034 3.6.2).
    """
    found, problems = [], []
    for record in records:
        before = readings[record]
        if before.alias and record.values:
            reason = f"{record.name.text} is an alias (CNAME) of {before.alias}; remove it at the zone, or publish another name"
            problems.append(Problem(f"{prefix}{record.path}.name", reason))
        elif before.values != record.values or (record.values and before.ttl != record.ttl):
            found.append(Change(record, before))
    if problems:
        raise PublicDnsError(problems)
    return tuple(found)


def diff(zone: str, made: Sequence[Change]) -> dict[str, str]:
    """Return the records that change, before and after, as lines of a zone file."""
    return {
        "before_header": f"zone {zone}",
        "after_header": f"zone {zone}",
        "before": "".join(f"{line}\n" for change in made for line in change.old_lines),
        "after": "".join(f"{line}\n" for change in made for line in change.record.lines()),
    }


def missing(records: Iterable[RecordSet], answers: Sequence[Answer]) -> tuple[RecordSet, ...]:
    """Return the record sets that not every server has; of no server, all of them."""
    fine = {record for record in records if answers and all(answer.agrees for answer in answers if answer.record == record)}
    return tuple(record for record in records if record not in fine)


def disagreements(records: Iterable[RecordSet], answers: Sequence[Answer]) -> tuple[str, ...]:
    """Return a sentence for each record set that not every server has: what should be, and what each server says."""
    found = []
    for record in missing(records, answers):
        said = "; ".join(f"{answer.server} {answer.reading}" for answer in answers if answer.record == record)
        wanted = ", ".join(record.values) or "absent"
        found.append(f"{record.name.text} {record.kind} should be {wanted}: {said or 'no name server was asked'}")
    return tuple(found)


def too_late(intent: Intent, answers: Sequence[Answer], prefix: str = "") -> Disagreement:
    """Return the error of name servers that still do not agree after the wait."""
    told = disagreements(intent.records, answers)
    return Disagreement(Problem(f"{prefix}wait", f"after {intent.wait} s, {sentence}") for sentence in told)


def wanting(records: Iterable[RecordSet], answers: Sequence[Answer]) -> tuple[Change, ...]:
    """Return what would have to change so that every server agrees, against what the first says that does not."""
    found = []
    for record in missing(records, answers):
        readings = [answer.reading for answer in answers if answer.record == record and not answer.agrees]
        found.append(Change(record, readings[0] if readings else Reading()))
    return tuple(found)


def result(intent: Intent, answers: Sequence[Answer], note: str = "") -> dict[str, Any]:
    """Return what the answers amount to: ``published``, ``missing`` and ``authoritative``; ``note`` says why there are none."""
    rows = []
    for record in missing(intent.records, answers):
        said = note or disagreements([record], answers)[0]
        rows.append(
            {
                "name": record.name.text,
                "type": record.kind,
                "ttl": record.ttl,
                "values": list(record.values),
                "said": said,
            }
        )
    servers = list(dict.fromkeys(str(answer.server) for answer in answers))
    return {"published": not rows, "missing": rows, "authoritative": servers}
