"""Render: the hand-off sheet as text, to be pasted into a ticket."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from .model import Lines, Points, Sheet, Table, Trials, Words

WIDTH = 100


def _fold(text: str, first: str = "", later: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )


def _words(block: Words) -> Iterator[str]:
    yield from _fold(block.text)


def _points(block: Points) -> Iterator[str]:
    for text in block.texts:
        yield from _fold(text, "- ", "  ")


def _table(block: Table) -> Iterator[str]:
    """Yield aligned columns; the last one is folded where it gets too long."""
    rows = [block.heads, *block.rows]
    widths = [max(len(row[index]) for row in rows) for index in range(len(block.heads))]
    for number, row in enumerate(rows):
        start = "".join(cell.ljust(width + 2) for cell, width in zip(row[:-1], widths))
        yield from (line.rstrip() for line in _fold(row[-1] or " ", start, " " * len(start)) or [start.rstrip()])
        if number == 0:
            yield "  ".join("-" * min(width, WIDTH) for width in [*widths[:-1], min(widths[-1], max(WIDTH - len(start), 4))])


def _lines(block: Lines) -> Iterator[str]:
    yield from (f"    {line}" for line in block.lines)


def _trials(block: Trials) -> Iterator[str]:
    yield f"{block.seat}"
    for one in block.rows:
        yield from ("", f"[ ] {one.number}  {one.what}", f"    $ {one.command}")
        yield from (f"    {line}" for line in one.answer.splitlines())


BLOCKS: dict[type, Callable[[Any], Iterator[str]]] = {
    Words: _words,
    Points: _points,
    Table: _table,
    Lines: _lines,
    Trials: _trials,
}


def render(sheet: Sheet) -> str:
    """Return the sheet. Lines are at most 100 characters, but for commands and records, which stay whole."""
    lines = [
        sheet.title,
        "=" * len(sheet.title),
        "",
        f"Sheet {sheet.number}. A later sheet with another number takes its place.",
        "",
    ]
    for text in sheet.lead:
        lines += [*_fold(text), ""]
    for section in sheet.sections:
        lines += [section.title, "-" * len(section.title), ""]
        for block in section.blocks:
            lines += [*BLOCKS[type(block)](block), ""]
    return "\n".join(lines).rstrip() + "\n"
