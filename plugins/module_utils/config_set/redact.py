# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the words of secret files out of what programs say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "********"
SHORTEST = 6
_WORD = re.compile(r"""[^\s"'`<>(){}\[\];,]+""")


def secret_words(secret: Iterable[bytes], public: Iterable[str]) -> list[str]:
    """The words of secret contents that could give something away, longest first.

    Short words, paths and what also stands in I(public) text (the other files, the command lines) are no secret.
    """
    words: set[str] = set()
    for content in secret:
        for word in _WORD.findall(content.decode("utf-8", "replace")):
            words.update(
                part
                for part in (word, *re.split(r"[=:]", word, maxsplit=1))
                if len(part) >= SHORTEST and not part.startswith("/")
            )
    known: set[str] = set()
    if words:
        for text in public:
            known.update(part for word in _WORD.findall(text) for part in (word, *re.split(r"[=:]", word, maxsplit=1)))
    return sorted(words - known, key=lambda word: (-len(word), word))


def redact(text: str, words: Iterable[str]) -> str:
    """I(text) with every one of I(words) masked."""
    for word in words:
        text = text.replace(word, MASK)
    return text
