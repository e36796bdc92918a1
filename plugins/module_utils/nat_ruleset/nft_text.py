# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One spelling for a table that C(nft -s list table) shows: the order of elements says nothing. Pure."""

from __future__ import annotations

OPENING = "elements = {"


def canonical(listing: str) -> str:
    """The listing with the elements of every named set and map sorted, one a line."""
    lines: list[str] = []
    elements: list[str] = []
    inside = False
    for line in listing.splitlines():
        text = line.strip()
        if not inside and text.startswith(OPENING):
            inside, text, elements = True, text[len(OPENING) :], []
        if not inside:
            lines.append(line.rstrip())
            continue
        inside = not text.endswith("}")
        elements.extend(part for part in (part.strip() for part in text.rstrip("}").split(",")) if part)
        if not inside:
            lines.extend(f"\t\t\t{element}" for element in sorted(elements))
    return "\n".join(lines) + "\n" if lines else ""


def only_ours(tables: str, ours: str, canary: str) -> bool:
    """Whether C(nft list tables) names our table and the canary that stood there before, and nothing else."""
    return sorted(tables.split("\n")) == sorted(["", f"table inet {ours}", f"table inet {canary}"])
