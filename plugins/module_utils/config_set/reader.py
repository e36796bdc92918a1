# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads one mapping of raw options and collects what is wrong with it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Callable, TypeVar

T = TypeVar("T")
_MODE = re.compile(r"0?[0-7]{3,4}")


class Reader:
    """One mapping of the raw options; collects what is wrong with it."""

    def __init__(self, raw: Any, where: str, options: frozenset[str], errors: list[str]) -> None:
        self.where = where
        self.errors = errors
        self.raw: Mapping[str, Any] = {}
        if not isinstance(raw, Mapping):
            errors.append(f"{where}: is not a mapping; write it as 'key: value' lines")
            self.errors = []  # one word about it is enough
            return
        self.raw = {str(key): value for key, value in raw.items() if value is not None}
        for key in sorted(set(self.raw) - options):
            errors.append(f"{self.at(key)}: is not an option; known are {', '.join(sorted(options))}")

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def wrong(self, key: str, reason: str) -> None:
        self.errors.append(f"{self.at(key)}: {reason}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if value is None:
            self.wrong(key, "is required")
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.wrong(key, f"is {type(value).__name__}, not text")
            return ""
        text = str(value)
        if "\0" in text:
            self.wrong(key, "contains a NUL byte")
        return text

    def matching(self, key: str, pattern: re.Pattern[str], what: str, default: str | None = None) -> str:
        text = self.text(key, default)
        if text and not pattern.fullmatch(text):
            self.wrong(key, f"{text!r} is not {what}")
        return text

    def path(self, key: str) -> str:
        text = self.text(key)
        if text:
            reason = path_error(text)
            if reason:
                self.wrong(key, reason)
        return text

    def mode(self, key: str, default: str) -> int:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or not _MODE.fullmatch(value):
            self.wrong(key, f'{value!r} is not a mode; write it as quoted octal, for example "0644"')
            return 0
        return int(value, 8)

    def flag(self, key: str) -> bool | None:
        value = self.raw.get(key)
        if value is None or isinstance(value, bool):
            return value
        words = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
        known = words.get(str(value).lower())
        if known is None:
            self.wrong(key, f"{value!r} is not true or false")
        return known

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        value = self.raw.get(key, default)
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)) or not lowest <= int(value) <= highest:
            self.wrong(key, f"{value!r} is not a whole number from {lowest} to {highest}")
            return default
        return int(value)

    def choice(self, key: str, choices: Iterable[str], default: str | None) -> str | None:
        value = self.raw.get(key, default)
        if value is not None and value not in tuple(choices):
            self.wrong(key, f"{value!r} is not one of {', '.join(choices)}")
            return default
        return None if value is None else str(value)

    def items(self, key: str) -> list[Any]:
        value = self.raw.get(key, [])
        if not isinstance(value, (list, tuple)):
            self.wrong(key, "is not a list")
            return []
        return list(value)

    def each(self, key: str, options: str, build: Callable[[Reader], T]) -> tuple[T, ...]:
        known = frozenset(options.split())
        places = ((f"{self.at(key)}[{index}]", raw) for index, raw in enumerate(self.items(key)))
        return tuple(build(Reader(raw, where, known, self.errors)) for where, raw in places)

    def commands(self, key: str) -> tuple[str, ...]:
        found = []
        for index, value in enumerate(self.items(key)):
            try:
                if not isinstance(value, str) or not shlex.split(value):
                    raise ValueError("it is not a command line")
            except ValueError as reason:
                self.wrong(f"{key}[{index}]", f"{value!r} cannot be run: {reason}")
                continue
            found.append(str(value))
        return tuple(found)


def path_error(path: str) -> str | None:
    """Why I(path) cannot be the path of something on the host, or None."""
    if not path.startswith("/"):
        return f"{path!r} is not absolute"
    if path != os.path.normpath(path) or path.startswith("//"):
        return f"{path!r} is not plain; write it as {os.path.normpath('/' + path.lstrip('/'))!r}"
    if path == "/":
        return "'/' cannot be owned by a set"
    if any(ord(char) < 32 for char in path):
        return f"{path!r} contains a control character"
    return None
