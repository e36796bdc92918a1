# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds two trees against each other: the same, but for what was to be set."""

from __future__ import annotations

from collections.abc import Iterable

from .meaning import alike, named, value
from .tree import Mapping, Node, Scalar, Tree
from .walk import Path, Set


def agree(before: Tree, after: Tree, done: Iterable[Set]) -> bool:
    """Whether ``after`` has each key as it was to be set, and all that ``before`` has, in its order."""
    sets = {one.path: one for one in done}
    if after.root is None:
        return False
    root = before.root if isinstance(before.root, Mapping) else None
    return _same(root, after.root, after, sets, ()) and before.aliased == after.aliased


def _same(before: Node | None, after: Node, tree: Tree, sets: dict[Path, Set], path: Path) -> bool:
    if path in sets:
        return alike(value(after, tree), sets[path].value)
    if not isinstance(after, Mapping) or not (before is None or isinstance(before, Mapping)):
        return before == after
    old = before.pairs if before else ()
    new = {key: one for one in sets if one[:-1] == path and sets[one].old is None for key in one[-1:]}
    kept = [pair for pair in after.pairs if named(pair[0]) not in new]
    added = {named(key): inner for key, inner in after.pairs if named(key) in new}
    return (
        len(kept) == len(old)
        and len(added) == len(new) == len(after.pairs) - len(kept)
        and all(alike(value(added[key], tree), sets[one].value) for key, one in new.items())
        and (before is None or (before.tag, before.anchor) == (after.tag, after.anchor))
        and all(
            left[0] == right[0] and _same(left[1], right[1], tree, sets, _below(path, left[0])) for left, right in zip(old, kept)
        )
    )


def _below(path: Path, key: Node) -> Path:
    """Return the path of what a key holds; a key that is no text leads to nothing that is set."""
    name = named(key)
    return (*path, name) if name is not None else (*path, f"\0{key.value if isinstance(key, Scalar) else id(key)}")
