# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of a page, each with the machine that its first line names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs/air-gap.md"
_FENCE = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_MACHINE = re.compile(r"^# (?:on|in) (?P<machine>.+)\n")


@dataclass(frozen=True)
class Block:
    """Commands, or what is typed in the editor; machine is empty when the first line does not say where."""

    language: str
    machine: str
    text: str

    @property
    def title(self) -> str:
        """Where, and the first command."""
        return f"{self.machine}: {self.text.splitlines()[0][:70]}"


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a page that are commands or are typed, in order."""
    found = []
    for fence in _FENCE.finditer(text):
        body = fence["text"]
        where = _MACHINE.match(body)
        if fence["language"] in ("bash", "sh", "shell", "console") or where:
            found.append(Block(fence["language"], where["machine"] if where else "", body[where.end() :] if where else body))
    return found
