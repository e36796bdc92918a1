# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A QR code as a picture that stands in a page by itself: no script, no style, no request."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

# ISO/IEC 18004 wants four light modules around the code. They are painted, so that it can be read on a dark page too.
QUIET = 4


def svg(rows: Iterable[Sequence[int]], label: str = "QR code", size: int = 0) -> str:
    """Return the rows of a code (1: dark, 0: light) as one C(svg) element.

    C(label) is what a screen reader says; empty, the picture is decoration. C(size) is the side in CSS pixels; 0 leaves it to the
    style sheet. Raises ValueError when the rows are no square.
    """
    grid = [list(row) for row in rows]
    if not grid or any(len(row) != len(grid) for row in grid):
        raise ValueError("the rows of a QR code are a square")
    side = len(grid) + 2 * QUIET
    runs = [run for top, row in enumerate(grid) for run in _runs(row, top)]
    space = 'xmlns="http://www.w3.org/2000/svg"'
    named = f'role="img" aria-label="{html.escape(label)}"' if label else 'aria-hidden="true"'
    sized = f' width="{size}" height="{size}"' if size else ""
    return (
        f'<svg {space} class="qr" viewBox="0 0 {side} {side}"{sized} {named} shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{"".join(runs)}"/></svg>'
    )


def _runs(row: Sequence[int], top: int) -> list[str]:
    """Return one bar for each stretch of dark modules: bars that touch leave no hair lines between them when it is scaled."""
    runs, start = [], -1
    for left, dark in enumerate([*row, 0]):
        if dark and start < 0:
            start = left
        elif not dark and start >= 0:
            runs.append(f"M{start + QUIET} {top + QUIET}h{left - start}v1h{start - left}z")
            start = -1
    return runs
