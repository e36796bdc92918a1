"""What was measured, against its limits, as one table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A promise and what was measured; ``least`` when more is better. ``unit`` is %, s, MB or nothing."""

    text: str
    measured: float
    limit: float
    unit: str = ""
    least: bool = False

    @property
    def held(self) -> bool:
        """Whether the promise is kept."""
        return self.measured >= self.limit if self.least else self.measured <= self.limit

    @property
    def row(self) -> str:
        """A line of the table."""
        limit = f"{'>=' if self.least else '<='} {self.limit:g}"
        ratio = f"{self.measured / self.limit:.2f}" if self.limit else ""
        verdict = "ok" if self.held else "missed"
        return f"{self.text:<72}{_short(self.measured):>9} {self.unit:<3}{limit:>9} {self.unit:<3}{ratio:>7}  {verdict}"


def table(bars: Iterable[Bar]) -> str:
    """Promises against measurements; the ratio is of the measured to the limit."""
    head = f"{'':<72}{'measured':>9} {'':<3}{'limit':>9} {'':<3}{'ratio':>7}"
    return "\n".join([head, *(bar.row for bar in bars)])


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"
