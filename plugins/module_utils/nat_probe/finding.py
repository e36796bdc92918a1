"""What the probe may say: one finding a fact, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

ERROR = "error"
WARNING = "warning"
INFO = "info"
_ORDER = {ERROR: 0, WARNING: 1, INFO: 2}


@dataclass(frozen=True)
class Finding:
    """One fact: ``what`` in a line, ``detail`` with what it was seen by, ``remedy`` to be followed as it stands."""

    what: str
    severity: str
    detail: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, each kind in the order of its words: the same findings always read the same."""
    return sorted(set(findings), key=lambda one: (_ORDER[one.severity], one.what, one.detail, one.remedy))
