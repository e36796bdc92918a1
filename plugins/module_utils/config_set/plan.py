# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to change: the wanted nodes against the observed ones and the memory of the set. Pure."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Callable

from .block import strip
from .manifest import Entry, Manifest, Original
from .node import NONE, Node, Op

ORDER = {"mkdir": 0, "meta": 1, "put": 2, "remove": 3, "prune": 4}


@dataclass(frozen=True)
class Want:
    """One path that the set speaks about. An C(implied) directory is a missing parent: made, but its owner and mode not
    managed."""

    path: str
    kind: str  # file, block, link, dir, tree, absent
    node: Node
    where: str
    secret: bool = False
    on_change: str = "none"
    implied: bool = False


@dataclass(frozen=True)
class Save:
    """An original to be copied away before the set takes its path."""

    path: str
    node: Node
    name: str


@dataclass(frozen=True)
class Plan:
    ops: tuple[Op, ...]
    saves: tuple[Save, ...]
    manifest: Manifest
    errors: tuple[str, ...]


def saved_name(path: str) -> str:
    """The name under which the original of I(path) is kept."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def make_plan(
    wants: Sequence[Want],
    observed: Mapping[str, Node],
    manifest: Manifest,
    others: Mapping[str, Mapping[str, str]],
    restore: Callable[[str, Original], Node],
) -> Plan:
    """Operations in the order in which they are done, and the manifest that is true after them.

    I(others) maps the names of the other sets of the host to what they own (path to kind). I(restore) gives the node that an
    original describes; it is asked only for paths that leave the set.
    """
    ops: list[Op] = []
    saves: list[Save] = []
    entries: dict[str, Entry] = {}
    errors: list[str] = []
    for want in wants:
        live, prior = observed[want.path], manifest.entries.get(want.path)
        reason = _conflict(want, others) or _obstacle(want, live, prior)
        if reason:
            errors.append(f"{want.where}: {reason}")
            continue
        original = _original(want, live, prior, saves)
        entries[want.path] = Entry(want.kind, original, want.secret, want.node.tree.identity if want.node.tree else "")
        if _differs(want, live, prior):
            secret = want.secret or bool(prior and prior.secret)
            ops.append(Op(want.path, live, want.node, want.where, secret, want.on_change))
    for path, entry in manifest.entries.items():
        if path not in entries and entry.kind == "block":
            ops += _unblock(path, entry, observed[path], manifest.name)
        elif path not in entries:
            ops += _leave(path, entry, observed[path], others, restore)
    return Plan(tuple(sorted(ops, key=_rank)), tuple(saves), Manifest(manifest.name, entries), tuple(errors))


def _rank(op: Op) -> tuple[int, int, str]:
    depth = op.path.count("/")
    return ORDER[op.verb], -depth if op.verb == "prune" else depth, op.path


def _conflict(want: Want, others: Mapping[str, Mapping[str, str]]) -> str | None:
    whole = want.kind in ("tree", "absent", "file", "block", "link")
    for name in sorted(others):
        owned = others[name]
        if want.path in owned and not (want.kind == owned[want.path] and want.kind in ("dir", "block")):
            return f"{want.path} belongs to the config set {name!r}; take it out of that set first"
        holder = next((parent for parent in parents(want.path) if owned.get(parent) == "tree"), None)
        if holder:
            return f"{want.path} lies inside the tree {holder} of the config set {name!r}"
        inside = next((path for path in owned if whole and path.startswith(want.path + "/")), None)
        if inside:
            return f"{want.path} would take {inside} away, which belongs to the config set {name!r}"
    return None


def parents(path: str) -> list[str]:
    """The directories above I(path), nearest first, without the root."""
    found = []
    path = os.path.dirname(path)
    while path not in ("/", ""):
        found.append(path)
        path = os.path.dirname(path)
    return found


def _obstacle(want: Want, live: Node, prior: Entry | None) -> str | None:
    """Why what stands at the path must not be replaced, or None."""
    if live.kind == "other":
        return f"{want.path} is a device, socket or pipe; a config set does not replace it"
    if want.kind == "dir" and live.kind in ("file", "link"):
        noun = "a symbolic link" if live.kind == "link" else "a file"
        return f"{want.path} is {noun}, not a directory; remove it or name another path"
    if want.kind in ("file", "block", "link") and live.kind == "dir" and (prior is None or prior.kind != "tree"):
        return f"{want.path} is a directory; remove it or name another path"
    return None


def _original(want: Want, live: Node, prior: Entry | None, saves: list[Save]) -> Original:
    """What to remember of the time before the set: kept if known, else taken from what stands there now."""
    came_back = prior is not None and prior.kind == "absent" and prior.original.kind == "none" and live.kind != "none"
    taken_whole = prior is not None and prior.kind == "block" != want.kind
    if prior is not None and not came_back and not taken_whole:
        return prior.original
    if live.kind == "none":
        return Original()
    found = Original(live.kind, live.uid or 0, live.gid or 0, live.mode or 0, live.target)
    if live.kind == "link" or want.kind in ("dir", "block"):
        return found
    saves.append(Save(want.path, live, saved_name(want.path)))
    return replace(found, saved=saves[-1].name)


def _differs(want: Want, live: Node, prior: Entry | None) -> bool:
    node = want.node
    if want.kind == "absent":
        return live.kind != "none"
    if node.kind != live.kind:
        return True
    if want.kind == "link":
        return node.target != live.target
    if want.kind == "tree":
        return prior is None or node.tree is None or node.tree.sha256 is None or prior.tree != node.tree.identity
    if want.kind == "dir":
        return not want.implied and node.meta != live.meta
    return node.meta != live.meta or node.content is None or node.content != live.content


def _unblock(path: str, entry: Entry, live: Node, name: str) -> list[Op]:
    """A file that loses our block; it goes when nothing else is in it and the set had made it."""
    rest = strip(live.content or b"", name)
    if live.kind != "file" or rest == live.content:
        return []
    gone = not rest and entry.original.kind == "none"
    return [Op(path, live, NONE if gone else replace(live, content=rest, size=len(rest)), "left the set", entry.secret)]


def _leave(
    path: str, entry: Entry, live: Node, others: Mapping[str, Mapping[str, str]], restore: Callable[[str, Original], Node]
) -> list[Op]:
    """A path that left the set: what was there before comes back, what is ours goes."""
    where = "left the set"
    if entry.kind == "dir":
        if live.kind != "dir" or any(path in owned for owned in others.values()):
            return []
        if entry.original.kind == "none":
            return [Op(path, live, NONE, where, prune=True)]
        before = restore(path, entry.original)
        return [Op(path, live, before, where)] if before.meta != live.meta else []
    if live.kind == "other" or (entry.kind == "absent" and live.kind != "none"):
        return []  # somebody else's by now
    before = restore(path, entry.original)
    if before == live or (before.kind == live.kind == "none"):
        return []
    return [Op(path, live, before, where, entry.secret)]
