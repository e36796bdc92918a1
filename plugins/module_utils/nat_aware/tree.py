# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A YAML file as a tree of nodes, each with the place in the text that it was read from. Nothing in it is constructed.

Offsets count characters. Nodes are equal when they mean the same, wherever they stand.
Source: the events of PyYAML, which reads YAML 1.1 (https://yaml.org/spec/1.1/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Union

from ..intent.error import Problem
from .error import NatAwareError
from .library import yaml

_TAG = "tag:yaml.org,2002:"
TEXT = _TAG + "str"
NULL = _TAG + "null"
MERGE = _TAG + "merge"


@dataclass(frozen=True)
class Span:
    """Where a node begins, with its anchor and tag, and where it ends; L(line) counts from 1, L(column) from 0."""

    start: int = field(compare=False)
    end: int = field(compare=False)
    line: int = field(compare=False)
    column: int = field(compare=False)
    anchor: str | None


@dataclass(frozen=True)
class Scalar(Span):
    """L(style) is the quote, V(|) or V(>), or nothing."""

    tag: str
    value: str
    style: str = field(compare=False)


@dataclass(frozen=True)
class Alias(Span):
    """Stands for the node that has the anchor."""


@dataclass(frozen=True)
class Sequence(Span):
    tag: str
    flow: bool = field(compare=False)
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping(Span):
    tag: str
    flow: bool = field(compare=False)
    pairs: tuple[tuple[Node, Node], ...]


Node = Union[Scalar, Alias, Sequence, Mapping]


@dataclass(frozen=True)
class Tree:
    """L(root) is None where there are comments alone, L(end) is where the document ends, L(anchors) what aliases stand for."""

    root: Node | None
    end: int
    anchors: dict[str, Node]
    aliased: frozenset[str]


def nodes(node: Node) -> Iterator[Node]:
    """Yield the node and all that is in it; an alias is not followed."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from nodes(item)
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            yield from nodes(key)
            yield from nodes(value)


def read(text: str, name: str) -> Tree:
    """Return the tree of a text; ``name`` stands before the line in an error.

    Raises NatAwareError where the text is no YAML, or holds more than one document.
    """
    try:
        return _Builder(text).tree(name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
        told = " ".join(part for part in (error.context, error.problem) if part)
        raise NatAwareError([Problem(place, f"is not YAML ({told}); mend it there first")]) from error
    except yaml.YAMLError as error:  # a character that no YAML may hold
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        reason = getattr(error, "reason", "cannot be read")
        raise NatAwareError([Problem(f"{name}, line {line}", f"is not YAML ({reason}); mend it there first")]) from error
    except RecursionError as error:
        raise NatAwareError([Problem(name, "is nested too deeply to be read")]) from error


class _Builder:
    def __init__(self, text: str) -> None:
        self.loader: Any = yaml.SafeLoader(text)
        self.end = len(text)
        self.anchors: dict[str, Node] = {}
        self.aliased: set[str] = set()

    def tree(self, name: str) -> Tree:
        loader = self.loader
        root: Node | None = None
        lines: list[int] = []
        while not loader.check_event(yaml.StreamEndEvent):
            event: Any = loader.get_event()
            mark = event.start_mark
            if isinstance(event, yaml.DocumentStartEvent):
                lines.append(mark.line + 1)
                root = self.node(loader.get_event())
            elif isinstance(event, yaml.DocumentEndEvent) and event.explicit:
                self.end = mark.index
        if len(lines) > 1:
            reason = f"holds {len(lines)} documents, and which of them is meant nobody can tell; the second begins here"
            raise NatAwareError([Problem(f"{name}, line {lines[1]}", reason)])
        return Tree(root, self.end, self.anchors, frozenset(self.aliased))

    def node(self, event: Any) -> Node:
        where = {
            "start": event.start_mark.index,
            "end": event.end_mark.index,
            "line": event.start_mark.line + 1,
            "column": event.start_mark.column,
            "anchor": event.anchor,
        }
        made: Node
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                mark: Any = event.start_mark
                raise yaml.MarkedYAMLError(None, None, f"found undefined alias {event.anchor!r}", mark)
            self.aliased.add(event.anchor)
            return Alias(**where)
        if isinstance(event, yaml.ScalarEvent):
            tag = event.tag
            if tag in (None, "!"):
                tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)
            made = Scalar(**where, tag=tag, value=event.value, style=event.style or "")
        elif isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not self.loader.check_event(yaml.SequenceEndEvent):
                items.append(self.node(self.loader.get_event()))
            where["end"] = self._end(bool(event.flow_style), items, where["end"])
            made = Sequence(**where, tag=event.tag or "", flow=bool(event.flow_style), items=tuple(items))
        else:
            pairs = []
            while not self.loader.check_event(yaml.MappingEndEvent):
                key = self.node(self.loader.get_event())
                pairs.append((key, self.node(self.loader.get_event())))
            where["end"] = self._end(bool(event.flow_style), [value for _key, value in pairs], where["end"])
            made = Mapping(**where, tag=event.tag or "", flow=bool(event.flow_style), pairs=tuple(pairs))
        if event.anchor:
            self.anchors[event.anchor] = made
        return made

    def _end(self, flow: bool, inner: list[Node], end: int) -> int:
        """Take the end of a collection: a block ends with the last node in it, not where the next one begins."""
        closing = int(self.loader.get_event().end_mark.index)
        return closing if flow else (inner[-1].end if inner else end)
