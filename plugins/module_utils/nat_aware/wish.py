# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that a file has to hold, read out of the user's variables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..intent.error import Problems
from ..intent.reader import quoted
from .error import NatAwareError

#: Stands in a text for the public address.
PUBLIC = "{public}"


def parse(raw: Any, path: str = "settings", prefix: str = "") -> dict[str, Any]:
    """Return settings as plain data: texts, truths, numbers, null, lists and mappings, whatever Ansible has made of them.

    ``path`` is the name of the variable, and ``prefix`` stands before it. Raises NatAwareError with every fault.
    """
    problems = Problems(prefix)
    found = _value(path, raw, problems)
    if not isinstance(raw, Mapping) or not raw:
        problems.add(path, "must be a mapping with the keys that the file has to hold, and their values")
    problems.raise_any(NatAwareError)
    return dict(found)


def fill(value: Any, public: str) -> Any:
    """Return settings with the public address in place of C({public})."""
    if isinstance(value, Mapping):
        return {key: fill(inner, public) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, public) for inner in value]
    return value.replace(PUBLIC, public) if isinstance(value, str) else value


def _value(path: str, raw: Any, problems: Problems) -> Any:
    if isinstance(raw, Mapping):
        return {_text(path, key, problems): _value(f"{path}.{key}", inner, problems) for key, inner in raw.items()}
    if isinstance(raw, (list, tuple)):
        return [_value(f"{path}[{index}]", inner, problems) for index, inner in enumerate(raw)]
    if isinstance(raw, str):
        return _text(path, raw, problems)
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int):
        return int(raw)
    if isinstance(raw, float) and math.isfinite(raw):
        return float(raw)
    problems.add(path, f"{quoted(raw)} is neither text, truth, number, list nor mapping")
    return None


def _text(path: str, raw: Any, problems: Problems) -> str:
    if not isinstance(raw, str):
        problems.add(path, f"the key {quoted(raw)} is not a text; put it in quotes")
        return ""
    text = str(raw)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        problems.add(path, f"{quoted(text)} holds half a character")
    return text
