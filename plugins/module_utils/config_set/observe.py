# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the host: what stands at a path, who the accounts are, what a set is to look like there."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .block import merge
from .diff import LIMIT
from .manifest import Manifest, Original
from .model import ConfigSet, ConfigSetError, FileSpec, TreeSpec
from .node import NONE, Node, Op, Tree
from .plan import Want, parents
from .serial import TOKEN, fill


class Accounts:
    """Names to numbers and back, each asked once; an unknown one is an error or, in check mode, a None."""

    def __init__(self, tolerate: bool) -> None:
        self.tolerate = tolerate
        self.missing: set[str] = set()
        self.errors: list[str] = []
        self._ids: dict[tuple[str, str], int | None] = {}
        self._names: dict[tuple[str, int], str] = {}

    def ids(self, where: str, owner: str, group: str) -> tuple[int | None, int | None]:
        return self._id("user", owner, f"{where}.owner"), self._id("group", group, f"{where}.group")

    def _id(self, kind: str, name: str, where: str) -> int | None:
        if (kind, name) not in self._ids:
            self._ids[kind, name] = _lookup(kind, name)
        found = self._ids[kind, name]
        if found is None:
            self.missing.add(f"{kind} {name}")
            if not self.tolerate:
                self.errors.append(
                    f"{where}: the {kind} {name!r} does not exist on the host; install its package or create it first"
                )
        return found

    def names(self, uid: int, gid: int) -> tuple[str, str]:
        return self._name("user", uid), self._name("group", gid)

    def _name(self, kind: str, number: int) -> str:
        if (kind, number) not in self._names:
            try:
                name = pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
            except KeyError:
                name = str(number)
            self._names[kind, number] = name
        return self._names[kind, number]


def _lookup(kind: str, name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        return int(name) if name.isdigit() else None


def look(path: str, accounts: Accounts, expected_size: int | None = None) -> Node:
    """The node at I(path), never through a link; content only where it can be equal or shown."""
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return NONE
    owner, group = accounts.names(seen.st_uid, seen.st_gid)
    kind = _kind(seen.st_mode)
    content = None
    if kind == "file" and (seen.st_size == expected_size or seen.st_size <= LIMIT):
        content = read(path)
    target = os.readlink(path) if kind == "link" else ""
    mode = stat.S_IMODE(seen.st_mode)
    return Node(kind, seen.st_uid, seen.st_gid, mode, owner, group, content, seen.st_size, target)


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISLNK(mode):
        return "link"
    return "dir" if stat.S_ISDIR(mode) else "other"


def read(path: str) -> bytes:
    """The bytes of a regular file, without following a link."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as handle:
        return handle.read()


def real(path: str, where: str) -> str:
    """I(path) with the links among its parent directories resolved; a link that root does not own is refused."""
    parent = os.path.dirname(path)
    resolved = os.path.realpath(parent)
    if resolved != parent:
        for step in [*reversed(parents(path))]:
            if os.path.islink(step) and os.lstat(step).st_uid not in (0, os.geteuid()):
                raise ConfigSetError(
                    [f"{where}: {step} is a symbolic link that does not belong to root; nothing is written through it"]
                )
    return os.path.join(resolved, os.path.basename(path))


def mount_points() -> list[str]:
    """Where file systems are mounted, outer before inner (proc(5), mountinfo)."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as handle:
        return [re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), line.split(" ")[4]) for line in handle]


def mounted(ops: Iterable[Op]) -> list[str]:
    """What is wrong with operations on mount points: a rename cannot replace these."""
    points = set(mount_points())
    places = [op for op in ops if op.verb in ("put", "remove") and op.path in points]
    return [f"{op.where}: {op.path} is a mount point and cannot be replaced; unmount it first" for op in places]


def resolve(config: ConfigSet, manifest: Manifest, accounts: Accounts, now: int, tolerate: bool) -> list[Want]:
    """What the set wants of this host, accounts and archives looked up; raises L(ConfigSetError) with all that is missing."""
    errors: list[str] = []
    wants: list[Want] = []
    for file in config.files:
        path = _real(file.path, f"{file.where}.path", errors)
        node = _file(file, accounts, tolerate, errors)
        if node.content is not None and (file.zone_serial or file.block):
            node = _from_live(file, node, look(path, accounts).kind, path, manifest.name, now, errors)
        wants.append(Want(path, "block" if file.block else "file", node, file.where, file.secret, file.on_change))
    for item in config.directories:
        uid, gid = accounts.ids(item.where, item.owner, item.group)
        node = Node("dir", uid, gid, item.mode, item.owner, item.group)
        wants.append(Want(_real(item.path, f"{item.where}.path", errors), "dir", node, item.where))
    for link in config.links:
        path = _real(link.path, f"{link.where}.path", errors)
        wants.append(Want(path, "link", Node("link", target=link.target), link.where))
    for tree in config.trees:
        path = _real(tree.path, f"{tree.where}.path", errors)
        wants.append(Want(path, "tree", _tree(tree, accounts, tolerate, errors), tree.where))
    for index, path in enumerate(config.absent):
        where = f"absent[{index}]"
        wants.append(Want(_real(path, where, errors), "absent", NONE, where))
    errors += accounts.errors + _twice(wants) + _blocked(wants)
    if errors:
        raise ConfigSetError(errors)
    return wants + _implied(wants, manifest)


def _real(path: str, where: str, errors: list[str]) -> str:
    try:
        return real(path, where)
    except ConfigSetError as error:
        errors += error.errors
        return path


def _file(file: FileSpec, accounts: Accounts, tolerate: bool, errors: list[str]) -> Node:
    uid, gid = accounts.ids(file.where, file.owner, file.group)
    content = file.source.data
    if file.source.kind == "remote_src":
        try:
            with open(file.source.value, "rb") as handle:
                content = handle.read()
        except OSError as error:
            if not (tolerate and isinstance(error, FileNotFoundError)):
                errors.append(f"{file.where}.remote_src: {file.source.value} cannot be read: {error.strerror}")
    return Node("file", uid, gid, file.mode, file.owner, file.group, content, len(content or b""))


def _from_live(file: FileSpec, node: Node, live: str, path: str, name: str, now: int, errors: list[str]) -> Node:
    """I(node) with a content that also depends on what is at I(path), a node of kind I(live)."""
    given = node.content or b""
    before = read(path) if live == "file" else None
    if file.block:
        if live == "link":
            errors.append(
                f"{file.where}.path: {path} is a symbolic link; name the file that it leads to, for a block is put into it"
            )
        content = merge(given, before or b"", name)
    else:
        if TOKEN not in given:
            errors.append(f"{file.where}.zone_serial: the content has no @SERIAL@ to fill")
        content = fill(given, before, now)
    return replace(node, content=content, size=len(content))


def _tree(tree: TreeSpec, accounts: Accounts, tolerate: bool, errors: list[str]) -> Node:
    uid, gid = accounts.ids(tree.where, tree.owner, tree.group)
    digest = None
    try:
        with open(tree.archive, "rb") as handle:
            total = hashlib.sha256()
            for block in iter(lambda: handle.read(1 << 20), b""):
                total.update(block)
            digest = total.hexdigest()
    except OSError as error:
        if not (tolerate and isinstance(error, FileNotFoundError)):
            errors.append(f"{tree.where}.archive: {tree.archive} cannot be read: {error.strerror}")
    found = Tree(tree.archive, digest, tree.strip_components, tree.owner, tree.group)
    return Node("dir", uid, gid, 0o755, tree.owner, tree.group, tree=found)


def _twice(wants: Iterable[Want]) -> list[str]:
    """Two paths of the set that are one place once the links among their parents are resolved."""
    seen: dict[str, str] = {}
    errors = []
    for want in wants:
        if want.path in seen:
            errors.append(f"{want.where}: {want.path} is the same place as {seen[want.path]}")
        seen.setdefault(want.path, want.where)
    return errors


def _blocked(wants: Iterable[Want]) -> list[str]:
    """Paths below something that is there and no directory."""
    errors = []
    for want in wants:
        nearest = next((parent for parent in parents(want.path) if os.path.lexists(parent)), "/")
        if want.kind != "absent" and not os.path.isdir(nearest):
            errors.append(f"{want.where}: {nearest} is not a directory, so nothing can be put below it; remove it first")
    return errors


def _implied(wants: Iterable[Want], manifest: Manifest) -> list[Want]:
    """Parent directories that are missing, or that are there because this set made them."""
    named = {want.path for want in wants}
    found: dict[str, Want] = {}
    for want in wants:
        if want.kind == "absent":
            continue
        for parent in parents(want.path):
            if parent in named or parent in found:
                continue
            entry = manifest.entries.get(parent)
            if (entry is not None and entry.kind == "dir") or not os.path.lexists(parent):
                found[parent] = Want(parent, "dir", Node("dir", None, None, 0o755, "root", "root"), want.where, implied=True)
    return list(found.values())


def observe(wants: Iterable[Want], manifest: Manifest, accounts: Accounts) -> dict[str, Node]:
    """What stands at every path that the set speaks about or owns; C(tree) of a directory is what the manifest knows of it."""
    sizes: dict[str, int | None] = dict.fromkeys(manifest.entries)
    sizes.update({want.path: want.node.size if want.kind in ("file", "block") else None for want in wants})
    found = {path: look(path, accounts, size) for path, size in sizes.items()}
    for path, entry in manifest.entries.items():
        if entry.kind == "tree" and found[path].kind == "dir":
            found[path] = _known_tree(found[path], entry.tree)
        elif entry.kind == "block" and found[path].kind == "file":  # however large: the rest of it is somebody else's
            found[path] = replace(found[path], content=read(path))
    return found


def _known_tree(node: Node, identity: str) -> Node:
    digest, strip, owner, group = (identity.split(":") + [""] * 4)[:4]
    tree = Tree("an archive", digest, int(strip or 0), owner, group)
    return Node("dir", node.uid, node.gid, node.mode, node.owner, node.group, tree=tree)


def original_node(original: Original, saved: str, accounts: Accounts) -> Node:
    """The node that an original describes; I(saved) is the path of its copy."""
    if original.kind == "none":
        return NONE
    owner, group = accounts.names(original.uid, original.gid)
    node = Node(original.kind, original.uid, original.gid, original.mode, owner, group, target=original.target)
    if original.kind == "file":
        content = read(saved)
        return Node("file", node.uid, node.gid, node.mode, owner, group, content, len(content))
    if original.kind == "dir" and original.saved:
        return Node("dir", node.uid, node.gid, node.mode, owner, group, tree=Tree(saved, "original", 0, "", ""))
    return node


def owned_by_others(manifests: Mapping[str, Manifest], name: str) -> dict[str, dict[str, str]]:
    """What the other sets of the host own: set name to path to kind."""
    return {other: {path: entry.kind for path, entry in m.entries.items()} for other, m in manifests.items() if other != name}
