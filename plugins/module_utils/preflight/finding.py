"""What a preflight may say: one finding a fault, blocking or warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BLOCKING = "blocking"
WARNING = "warning"
_ORDER = {BLOCKING: 0, WARNING: 1}


class PreflightError(Exception):
    """Expectations or surveys that cannot be read; holds every fault found, not the first alone."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Finding:
    """One fault of one host: ``subject`` groups it (disk, clock, port ...), ``remedy`` says what to do."""

    host: str
    level: str
    subject: str
    what: str
    remedy: str

    @property
    def blocking(self) -> bool:
        return self.level == BLOCKING

    def line(self) -> str:
        return f"{self.host}: {self.what}. {self.remedy}"

    def as_dict(self) -> dict[str, str]:
        return {
            "host": self.host,
            "level": self.level,
            "subject": self.subject,
            "what": self.what,
            "remedy": self.remedy,
        }


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Blocking ones first, then by host, subject and words: the same findings always read the same."""
    return tuple(sorted(set(findings), key=lambda f: (_ORDER[f.level], f.host, f.subject, f.what)))


def report(findings: Iterable[Finding]) -> str:
    """The findings as text for a person; empty when there is none."""
    lines: list[str] = []
    found = ordered(findings)
    for level, title in ((BLOCKING, "must be put right first"), (WARNING, "worth a look")):
        part = [finding for finding in found if finding.level == level]
        if part:
            lines.append(f"{len(part)} {'thing' if len(part) == 1 else 'things'} {title}:")
            lines.extend(f"  - {finding.line()}" for finding in part)
    return "\n".join(lines)
