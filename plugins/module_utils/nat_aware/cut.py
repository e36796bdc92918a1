# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the text is cut for a key, and what goes there instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .render import block, inline
from .render import key as written
from .tree import Mapping, Node, Scalar, Sequence, Tree
from .walk import Path, Set

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_ENDING = re.compile(r"(?:\r\n|[\n\r\x85\u2028\u2029])\Z")
#: The first line of a block scalar, which may end in a comment.
_HEADER = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)?")


@dataclass(frozen=True)
class Cut:
    """Offsets in the text, and what comes between them."""

    start: int
    end: int
    text: str


def cuts(todo: Iterable[Set], body: str, tree: Tree, front: bool) -> list[Cut]:
    """Return all cuts, which do not overlap, the last in the text first.

    New keys go to the end of their mapping in the order of ``todo``, or with ``front`` to its beginning.
    """
    found: list[Cut] = []
    new: dict[Path, list[Set]] = {}
    for one in todo:
        if one.key is not None and one.old is not None:
            found += _replaced(one, one.key, one.old, body)
        else:
            new.setdefault(one.path[:-1], []).append(one)
    for group in new.values():
        mapping = group[0].mapping
        if mapping is None:
            found.append(_alone(group, body, tree))
        else:
            found.append(_in_flow(group, mapping) if mapping.flow else _in_block(group, mapping, body, front))
    found.reverse()  # of two at one place, what comes later in the text is done first
    return sorted(found, key=lambda cut: (cut.start, cut.end), reverse=True)


def shown(node: Node | None, body: str) -> str:
    """Return a node's text in one line."""
    return " ".join(body[node.start : node.end].split()) if node is not None else ""


def _line_break(body: str) -> str:
    """Return the line break of a text, as its first line has it."""
    found = _BREAK.search(body)
    return found.group() if found else "\n"


def _line_end(body: str, index: int) -> int:
    """Return where the line ends that something ends in; a block scalar ends after its last line."""
    over = _ENDING.search(body[:index])
    if over:
        return over.start()
    found = _BREAK.search(body, index)
    return found.start() if found else len(body)


def _replaced(one: Set, key: Node, old: Node, body: str) -> list[Cut]:
    text = inline(one.value, old.style if isinstance(old, Scalar) else "")
    if old.start == old.end:  # nothing stands there
        colon = " " if ":" in body[key.end : old.start] else ": "
        return [Cut(old.start, old.end, colon + text)]
    if isinstance(old, Scalar) and old.style in ("|", ">"):
        header = _HEADER.search(body, old.start)
        end = old.start + len(body[old.start : old.end].rstrip(" \t\r\n"))
        return [Cut(old.start, end, text + ((header and header.group(1)) or ""))]
    before = list(_BREAK.finditer(body, key.end, old.start))
    if isinstance(old, (Mapping, Sequence)) and not old.flow and before:
        # The lines of a block go, and the value stands where it stands for others: beside its key.
        colon_end = body.index(":", key.end) + 1
        return [Cut(colon_end, colon_end, " " + text), Cut(before[-1].start(), _line_end(body, old.end), "")]
    return [Cut(old.start, old.end, text)]


def _alone(group: list[Set], body: str, tree: Tree) -> Cut:
    line = _line_break(body)
    first = "" if tree.end == 0 or _ENDING.search(body[: tree.end]) else line
    lines = [text + line for one in group for text in block(one.path[-1], one.value)]
    return Cut(tree.end, tree.end, first + "".join(lines))


def _quoted(mapping: Mapping) -> bool:
    """Whether keys are in quotes there; in braces they are unless others are not, for then it may be read as JSON."""
    styles = [key.style for key, _value in mapping.pairs if isinstance(key, Scalar)]
    return '"' in styles or (mapping.flow and not styles)


def _in_flow(group: list[Set], mapping: Mapping) -> Cut:
    quoted = _quoted(mapping)
    text = ", ".join(f"{written(one.path[-1], quoted)}: {inline(one.value)}" for one in group)
    if mapping.pairs:
        end = mapping.pairs[-1][1].end
        return Cut(end, end, ", " + text)
    return Cut(mapping.end - 1, mapping.end - 1, text)


def _in_block(group: list[Set], mapping: Mapping, body: str, front: bool) -> Cut:
    first = mapping.pairs[0][0]
    line, indent, quoted = _line_break(body), " " * first.column, _quoted(mapping)
    lines = [text for one in group for text in block(one.path[-1], one.value, quoted)]
    if front:
        return Cut(first.start, first.start, "".join(text + line + indent for text in lines))
    end = _line_end(body, mapping.end)
    return Cut(end, end, "".join(line + indent + text for text in lines))
