# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian version order (deb-version(7)), so that no dpkg process is needed for each comparison."""

from __future__ import annotations

import re
from itertools import zip_longest

_DIGITS = re.compile(r"(\d+)")


def _weight(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256


def _key(part: str) -> list[tuple[list[int], int]]:
    """A version part as pairs of non-digits (weights) and a number, the way dpkg walks through it."""
    pieces = _DIGITS.split(part)
    numbers = [*(int(piece) for piece in pieces[1::2]), 0]
    return [([_weight(character) for character in text], number) for text, number in zip(pieces[::2], numbers)]


def _compare_part(one: str, other: str) -> int:
    nothing: tuple[list[int], int] = ([], 0)
    for left, right in zip_longest(_key(one), _key(other), fillvalue=nothing):
        for a, b in zip_longest(left[0], right[0], fillvalue=0):
            if a != b:
                return -1 if a < b else 1
        if left[1] != right[1]:
            return -1 if left[1] < right[1] else 1
    return 0


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _dash, revision = rest.rpartition("-")
    if not upstream:
        upstream, revision = rest, ""
    return int(epoch), upstream, revision


def compare(one: str, other: str) -> int:
    """-1, 0 or 1 as dpkg --compare-versions orders two versions."""
    left, right = _split(one), _split(other)
    if left[0] != right[0]:
        return -1 if left[0] < right[0] else 1
    return _compare_part(left[1], right[1]) or _compare_part(left[2], right[2])
