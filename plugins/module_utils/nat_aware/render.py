# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as YAML text that says the same to a reader of YAML 1.1 and of YAML 1.2, and but for rare characters of JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .library import yaml

#: What a key may be without quotes, whoever reads it; a word such as V(on) is a truth to some.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = frozenset(("y", "yes", "n", "no", "on", "off", "true", "false", "null"))
_SINGLE = re.compile(r"[ -~\u00a1-\u024f]*")


def inline(value: Any, style: str = "") -> str:
    """Return a value in one line. A text is in double quotes, or in single ones where that is the ``style`` and it can be."""
    if isinstance(value, str):
        if style == "'" and _SINGLE.fullmatch(value):
            return "'" + value.replace("'", "''") + "'"
        return _dumped(value, default_style='"')
    if isinstance(value, list):
        return "[" + ", ".join(inline(one) for one in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inline(one)}: {inline(inner)}" for one, inner in value.items()) + "}"
    return "null" if value is None else _dumped(value)


def key(text: str, quoted: bool = False) -> str:
    """Return a key, in quotes where it has to be or where its neighbours are."""
    plain = not quoted and _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else inline(text)


def block(name: str, value: Any, quoted: bool = False) -> list[str]:
    """Return the lines of a key and its value, not indented; a mapping gets a line for each of its keys."""
    if isinstance(value, Mapping) and value:
        inner = [line for one, deeper in value.items() for line in block(one, deeper, quoted)]
        return [f"{key(name, quoted)}:", *(f"  {line}" for line in inner)]
    return [f"{key(name, quoted)}: {inline(value)}"]


def _dumped(value: Any, **options: Any) -> str:
    text: str = yaml.safe_dump(value, allow_unicode=True, width=10**9, **options)
    return text.partition("\n")[0]
