# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands, or is to stand, at one path."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """V(none), V(file), V(link), V(dir) or V(other) with what belongs to it.

    C(uid) and C(gid) are None for an account that does not exist yet (check mode on a fresh host), C(content) is None for a file
    that is too large to be worth reading. C(owner), C(group) are for people.
    """

    kind: str
    uid: int | None = None
    gid: int | None = None
    mode: int | None = None
    owner: str = ""
    group: str = ""
    content: bytes | None = None
    size: int = 0
    target: str = ""
    tree: Tree | None = None

    @property
    def meta(self) -> tuple[int | None, int | None, int | None]:
        return (self.uid, self.gid, self.mode)


@dataclass(frozen=True)
class Tree:
    """The archive whose content a directory is; C(sha256) is None while the archive does not exist (check mode)."""

    archive: str
    sha256: str | None
    strip_components: int
    owner: str
    group: str

    @property
    def identity(self) -> str:
        return f"{self.sha256}:{self.strip_components}:{self.owner}:{self.group}"


NONE = Node("none")


@dataclass(frozen=True)
class Op:
    """One change of one path, from C(old) to C(new); C(where) is the option that asked for it."""

    path: str
    old: Node
    new: Node
    where: str = ""
    secret: bool = False
    on_change: str = "none"
    prune: bool = False

    @property
    def verb(self) -> str:
        """How it is done on disk: put, remove, mkdir, meta, or prune (a directory of ours, if it is empty in the end)."""
        if self.prune:
            return "prune"
        if self.new.kind == "none":
            return "remove"
        if self.new.kind == "dir" and self.new.tree is None:
            return "meta" if self.old.kind == "dir" else "mkdir"
        return "put"
