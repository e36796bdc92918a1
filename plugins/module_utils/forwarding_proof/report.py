# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof that failed, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: How many disagreements a message names.
_NAMED = 5


def failure(result: Mapping[str, Any]) -> str:
    """The message of a proof with disagreements: the first few, each with what was expected, seen and decided."""
    found = result["disagreements"]
    lines = [f"the rules do not do what the plan says: {len(found)} of {result['rows']} verdicts are wrong"]
    lines += [_line(one) for one in found[:_NAMED]]
    if len(found) > _NAMED:
        lines.append(f"and {len(found) - _NAMED} more")
    return "\n".join(lines)


def _line(one: Mapping[str, Any]) -> str:
    row, seen = one["row"], one["seen"]
    port = f" port {row['port']}" if row["port"] else ""
    source = f" ({row['source']})" if row.get("source") else ""
    words = f"{row['vantage']}{source} to {row['destination']} {row['protocol']}{port}: "
    words += f"expected: {_outcome(one['expected'])}; seen: {_outcome(seen)}"
    if seen["note"]:
        words += f" ({seen['note']})"
    if one["decided_by"]:
        words += f"; decided by {one['decided_by']}"
    return words


def _outcome(told: Mapping[str, Any]) -> str:
    """What happened, or was to."""
    if told["reaches"] is None:
        return "refused" if told["outcome"] == "refuse" else str(told["outcome"])
    port = f" port {told['reaches_port']}" if told["reaches_port"] else ""
    peer = f", seen as {told['sees_address'] or told.get('sees_source')}"
    return f"{'it reaches' if told['outcome'] == 'reach' else 'it arrives at'} {told['reaches']}{port}{peer}"
