"""What is wrong with what the user wrote, each with the place where it stands; every core that parses raises one of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_NUMBER = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: the path into the user's own variables, and what is wrong and what to do."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def _as_read(problem: Problem) -> tuple[list[tuple[int, str]], str]:
    """Return the key that sorts ``hosts[2]`` before ``hosts[10]``: every second part is a number, longer when it is greater."""
    parts = _NUMBER.split(problem.path)
    return [(len(part) if index % 2 else 0, part) for index, part in enumerate(parts)], problem.reason


class IntentError(ValueError):
    """The root of the errors of those cores; holds every problem that was found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_as_read))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def told(self, what: str) -> str:
        """Return the text for people: ``what`` is wrong, how much there is to mend, and each of it in a line of its own."""
        count = len(self.problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        return f"{what}, {count} thing{'s' if count > 1 else ''} to mend:\n{lines}"


@dataclass
class Problems:
    """Collects faults; ``prefix`` stands before each path, such as the ``local_dns_`` of a role's variables."""

    prefix: str = ""
    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, reason: str) -> None:
        """Note one fault."""
        self.found.append(Problem(self.prefix + path, reason))

    def raise_any(self, error: type[IntentError]) -> None:
        """Raise ``error`` with all of them when there is a fault."""
        if self.found:
            raise error(self.found)
