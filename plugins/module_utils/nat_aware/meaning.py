# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node says, as a reader of YAML 1.1 takes it, as far as it can be a setting of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .library import yaml
from .tree import MERGE, TEXT, Alias, Mapping, Node, Scalar, Sequence, Tree

_SIMPLE = ("str", "bool", "int", "float", "null")
_WORDS = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class Other:
    """A value that no setting can be: a date, a tag of the product's own, a key that is no text. It equals nothing."""


def value(node: Node | None, tree: Tree, above: tuple[Node, ...] = ()) -> Any:
    """Return the value of a node, aliases followed and C(<<) taken in; L(Other) where it is nothing that can be set."""
    if node is None or any(node is one for one in above):  # an alias of what it stands in
        return Other()
    above = (*above, node)
    if isinstance(node, Alias):
        return value(tree.anchors[node.anchor or ""], tree, above)
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        return [value(one, tree, above) for one in node.items]
    found: dict[Any, Any] = {}
    for key, inner in node.pairs:
        name = named(key)
        if key_merges(key):
            continue
        found[Other() if name is None else name] = value(inner, tree, above)
    for name in merged_names(node, tree):
        if name not in found:
            found[name] = value(merged(node, tree, name), tree, above)
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two values are the same and of one kind; 1 is not true, and 1.0 is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(alike(left, right) for left, right in zip(one, other))
    return isinstance(one, other.__class__) and isinstance(other, one.__class__) and bool(one == other)


def named(key: Node) -> str | None:
    """Return the text that a key is, or None. A word such as C(on) is one too: YAML 1.2 takes it for a text, and so do people."""
    if isinstance(key, Scalar) and (key.tag == TEXT or (not key.style and key.tag in _WORDS)):
        return key.value
    return None


def key_merges(key: Node) -> bool:
    """Whether a key is C(<<)."""
    return isinstance(key, Scalar) and key.tag == MERGE


def merged(mapping: Mapping, tree: Tree, name: str) -> Node | None:
    """Return what a mapping has under a name by C(<<) alone; earlier ones come first."""
    for source in _sources(mapping, tree):
        own = [inner for key, inner in source.pairs if named(key) == name]
        found = own[-1] if own else merged(source, tree, name)
        if found is not None:
            return found
    return None


def merged_names(mapping: Mapping, tree: Tree) -> Iterator[str]:
    """Yield the names that a mapping has by C(<<)."""
    for source in _sources(mapping, tree):
        yield from (name for key, _inner in source.pairs if (name := named(key)) is not None)
        yield from merged_names(source, tree)


def _sources(mapping: Mapping, tree: Tree) -> Iterator[Mapping]:
    for key, inner in mapping.pairs:
        if key_merges(key):
            for one in inner.items if isinstance(inner, Sequence) else (inner,):
                target = tree.anchors[one.anchor or ""] if isinstance(one, Alias) else one
                if isinstance(target, Mapping) and target is not mapping:
                    yield target


def _scalar(node: Scalar) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind not in _SIMPLE or not node.tag.startswith("tag:yaml.org,2002:"):
        return Other()
    try:
        return yaml.SafeLoader("").construct_object(yaml.ScalarNode(node.tag, node.value), deep=True)
    except (ValueError, KeyError, yaml.YAMLError):  # such as !!int x
        return Other()
