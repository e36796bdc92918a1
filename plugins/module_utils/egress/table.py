# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A terse table of who tried to leave, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HEAD = ("host", "who", "unit", "to", "packets", "first", "last")


def table(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The lines of the table over all hosts: results of egress_audit_info by host; hosts that are clean come last, in one line.

    A host whose table was not there has seen nothing, which is told apart from a host on which there was nothing to see.
    """
    watched = {host: result for host, result in results.items() if result.get("active")}
    body = [_cells(host, row) for host in sorted(watched) for row in watched[host]["tries"]]
    lines = _aligned([HEAD, *body]) if body else []
    clean = sorted(host for host, result in watched.items() if not result["tries"])
    silent = sorted(set(results) - set(watched))
    if clean:
        lines.append(f"nobody tried to leave: {', '.join(clean)}")
    if silent:
        lines.append(f"not watched: {', '.join(silent)}")
    return lines


def _cells(host: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    who = row["user"] or (f"forwarded for {row['source']}" if row["source"] else "kernel")
    address = f"[{row['destination']}]" if ":" in row["destination"] and row["port"] is not None else row["destination"]
    where = f"{row['protocol']} {address}" + ("" if row["port"] is None else f":{row['port']}")
    return (host, who, row["unit"] or "-", where, str(row["packets"]), row["first"], row["last"])


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
