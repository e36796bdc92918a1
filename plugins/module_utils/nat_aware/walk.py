# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a tree so that it holds the settings, and what must not be done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..intent.error import Problem, Problems
from .error import NatAwareError
from .meaning import alike, merged, named, value
from .tree import Alias, Mapping, Node, Scalar, Sequence, Tree, nodes

Path = tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """One key to set: L(old) is replaced where there is one; else the key is new in L(mapping), or in a document without any."""

    path: Path
    value: Any
    mapping: Mapping | None
    key: Node | None = None
    old: Node | None = None


def walk(tree: Tree, settings: dict[str, Any], name: str) -> list[Set]:
    """Return what has to be set, in the order of the settings. Raises NatAwareError with all that cannot be set."""
    walker = _Walker(tree, name)
    root = tree.root
    if root is None or (isinstance(root, Scalar) and root.start == root.end):  # nothing, or nothing after the ---
        return [Set((key,), want, None) for key, want in settings.items()]
    if not isinstance(root, Mapping):
        raise NatAwareError([Problem(f"{name}, line {root.line}", f"holds {_kind(root)} where keys and values are expected")])
    walker.mapping(root, settings, (), (root,))
    walker.problems.raise_any(NatAwareError)
    return walker.found


def _covers(have: Any, want: Any) -> bool:
    """Whether a value has all that a setting wants of it."""
    if isinstance(have, dict) and isinstance(want, dict):
        return all(key in have and _covers(have[key], inner) for key, inner in want.items())
    return alike(have, want)


def _kind(node: Node) -> str:
    return {Mapping: "a mapping", Sequence: "a list", Scalar: "a single value", Alias: "an alias"}[type(node)]


@dataclass
class _Walker:
    tree: Tree
    name: str
    problems: Problems = field(default_factory=Problems)
    found: list[Set] = field(default_factory=list)

    def refuse(self, node: Node, path: Path, reason: str) -> None:
        self.problems.add(f"{self.name}, line {node.line}", f"{'.'.join(path)} {reason}")

    def mapping(self, mapping: Mapping, wanted: dict[str, Any], path: Path, above: tuple[Node, ...]) -> None:
        """Look at every setting of one mapping; ``above`` are the nodes that a change in it changes too."""
        for key, want in wanted.items():
            here = (*path, key)
            own = [pair for pair in mapping.pairs if named(pair[0]) == key]
            if len(own) > 1:
                lines = ", ".join(str(pair[0].line) for pair in own)
                self.refuse(own[1][0], here, f"stands there {len(own)} times, in lines {lines}; keep the one that is meant")
            elif own:
                self.present(Set(here, want, mapping, *own[0]), own[0][1], above)
            else:
                self.missing(Set(here, want, mapping), above)

    def present(self, one: Set, old: Node, above: tuple[Node, ...]) -> None:
        target = self.tree.anchors[old.anchor or ""] if isinstance(old, Alias) else old
        if isinstance(one.value, dict) and isinstance(old, Mapping):
            self.mapping(old, one.value, one.path, (*above, old))
        elif _covers(value(old, self.tree), one.value):
            return
        elif isinstance(target, Mapping) and isinstance(one.value, dict):
            reason = f"is an alias of {old.anchor}, and what is set in it would change there too; write it out"
            self.refuse(old, one.path, reason)
        elif isinstance(target, Mapping) or (isinstance(target, Sequence) and isinstance(one.value, dict)):
            self.refuse(old, one.path, f"holds {_kind(target)}, which would be lost; is it the right key?")
        else:
            inside = () if isinstance(old, Alias) else tuple(nodes(old))
            self.note(one, old, (*above, *inside))

    def missing(self, one: Set, above: tuple[Node, ...]) -> None:
        inherited = merged(one.mapping, self.tree, one.path[-1]) if one.mapping else None
        if inherited is None:
            self.note(one, one.mapping or above[0], above)
        elif not _covers(have := value(inherited, self.tree), one.value):
            if isinstance(have, dict):
                self.refuse(one.mapping or above[0], one.path, "comes from << there, and would lose its other keys; write it out")
            else:
                self.note(one, one.mapping or above[0], above)

    def note(self, one: Set, node: Node, touched: tuple[Node, ...]) -> None:
        """Take it up, unless an alias elsewhere stands for something that it changes."""
        used = [part.anchor for part in touched if part.anchor in self.tree.aliased and not isinstance(part, Alias)]
        if used:
            self.refuse(node, one.path, f"is under the anchor &{used[-1]}, and its aliases would change too; write them out")
        else:
            self.found.append(one)
