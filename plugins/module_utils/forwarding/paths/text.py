"""Render: the paths of calls as a table for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ..table import WIDTH
from .model import RELAY, Path

_HEADS = ("from", "to", "way", "because")
_WAYS = {"direct": "direct", "none": "NO WAY"}


def _way(one: Path) -> str:
    if one.way != RELAY:
        return _WAYS[one.way]
    return " - ".join((one.first_transport, "relay", one.second_transport))


def render(found: Sequence[Path]) -> str:
    """Return aligned text of at most table.WIDTH columns; a long reason goes on below."""
    rows = [_HEADS, *((one.first, one.second, _way(one), one.because) for one in found)]
    widths = [max(len(row[index]) for row in rows) for index in range(3)]
    indent = sum(widths) + 2 * len(widths)
    lines = []
    for number, row in enumerate(rows):
        start = "".join(cell.ljust(width + 2) for cell, width in zip(row[:3], widths))
        lines += textwrap.wrap(start + row[3], WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
        if number == 0:
            lines.append("  ".join("-" * width for width in (*widths, max(len(one[3]) for one in rows))[:3]) + "  " + "-" * 7)
    return "\n".join(lines) + "\n"
