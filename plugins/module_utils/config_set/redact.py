# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the words of secret files out of what programs say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "********"
SHORTEST = 6
_WORD = re.compile(r"""[^\s"'`<>(){}\[\];,]+""")
_PATH = re.compile(r"(/[a-z0-9._-]+)+/?")


def secret_words(secret: Iterable[bytes], public: Iterable[str]) -> list[str]:
    """The words of secret contents that could give something away, longest first.

    Short words, paths and what also stands in I(public) text (the other files, the command lines) are no secret.
    """
    found: set[str] = set()
    for content in secret:
        found |= _words(content.decode("utf-8", "replace"))
    if found:
        for text in public:
            found -= _words(text)
    return sorted(found, key=lambda word: (-len(word), word))


def _words(text: str) -> set[str]:
    """Words and their parts: of C(user:password@host) a program may quote one part alone."""
    words = [word for word in _WORD.findall(text) if not _PATH.fullmatch(word)]
    return {part for word in words for part in (word, *re.split("[=:@/]", word)) if len(part) >= SHORTEST}


def redact(text: str, words: Iterable[str]) -> str:
    """I(text) with every one of I(words) masked."""
    for word in words:
        text = text.replace(word, MASK)
    return text
