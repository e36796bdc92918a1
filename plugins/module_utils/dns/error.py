"""What is wrong with the description of a domain, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: the path into the user's own variables, and what is wrong and what to do."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class DnsError(ValueError):
    """The domain cannot be served as described; holds every problem that was found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NameFault(ValueError):
    """A text is not a domain name; says why."""


@dataclass
class Problems:
    """Collects faults; ``prefix`` stands before each path, such as the ``local_dns_`` of a role's variables."""

    prefix: str = ""
    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, reason: str) -> None:
        """Note one fault."""
        self.found.append(Problem(self.prefix + path, reason))

    def raise_any(self) -> None:
        """Raise DnsError when there is a fault."""
        if self.found:
            raise DnsError(self.found)
