"""What the probe may say: one finding a fact, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

ERROR = "error"
WARNING = "warning"
INFO = "info"
_ORDER = {ERROR: 0, WARNING: 1, INFO: 2}

# What a finding is about. The words are for people and may change, these do not.
PROVIDER_NAT = "provider_nat"
SECOND_NAT = "second_nat"
MISSING_ADDRESS = "missing_address"
MISSING_INTERFACE = "missing_interface"
UNFIT_ADDRESS = "unfit_address"
DOCUMENTATION_ADDRESS = "documentation_address"
FOREIGN_FIREWALL = "foreign_firewall"
FOREIGN_DNAT = "foreign_dnat"
TAKEN_PORT = "taken_port"
FLUSHED_RULES = "flushed_rules"
NOT_READ = "not_read"
NAME = "name"
ROUTES = "routes"
REVERSE_PATH = "reverse_path"
KINDS = (
    PROVIDER_NAT,
    SECOND_NAT,
    MISSING_ADDRESS,
    MISSING_INTERFACE,
    UNFIT_ADDRESS,
    DOCUMENTATION_ADDRESS,
    FOREIGN_FIREWALL,
    FOREIGN_DNAT,
    TAKEN_PORT,
    FLUSHED_RULES,
    NOT_READ,
    NAME,
    ROUTES,
    REVERSE_PATH,
)


@dataclass(frozen=True)
class Finding:
    """One fact of a kind: ``what`` in a line, ``detail`` with what it was seen by, ``remedy`` to be followed as it stands."""

    kind: str
    what: str
    severity: str
    detail: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, each kind in the order of its words: the same findings always read the same."""
    return sorted(set(findings), key=lambda one: (_ORDER[one.severity], one.what, one.detail, one.remedy))


def blocking(findings: Iterable[Finding], accepted: Iterable[str] = ()) -> list[Finding]:
    """The errors whose kind is not accepted, in their order."""
    stands = set(accepted)
    return [one for one in ordered(findings) if one.severity == ERROR and one.kind not in stands]


def told(findings: Iterable[Finding]) -> str:
    """One text for people: each finding with its kind, what it was seen by and what to do; empty when there is none."""
    return "\n".join(line for one in findings for line in _told(one))


def _told(one: Finding) -> list[str]:
    rows = [f"  - {one.what} [{one.kind}]"]
    for label, text in (("seen", one.detail), ("do", one.remedy)):
        for at, line in enumerate(text.splitlines()):
            rows.append(f"    {label + ':' if at == 0 else '':<6}{line}")
    return rows
