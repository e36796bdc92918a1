# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible shows of a change: content, owner, group and mode, never a secret. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .node import Node, Op

LIMIT = 104448  # bytes, as the copy module of Ansible
SECRET = "(secret content changed)\n"


def make_diff(ops: Iterable[Op]) -> list[dict[str, str]]:
    """One entry a changed path; a file whose owner, group or mode alone changes shows these."""
    return [_entry(op) for op in ops]


def _entry(op: Op) -> dict[str, str]:
    attributes_only = op.verb == "meta" or _same_content(op.old, op.new)
    show = _attributes if attributes_only else _content
    return {
        "before_header": f"{op.path} ({describe(op.old)})",
        "after_header": f"{op.path} ({describe(op.new)})",
        "before": show(op, op.old),
        "after": show(op, op.new),
    }


def _same_content(old: Node, new: Node) -> bool:
    return old.kind == new.kind == "file" and old.content is not None and old.content == new.content


def describe(node: Node) -> str:
    """A node in a few words, for a header."""
    if node.kind == "none":
        return "absent"
    if node.kind == "link":
        return "link"
    if node.tree is not None:
        return "tree"
    noun = {"dir": "directory", "other": "special file"}.get(node.kind, node.kind)
    mode = f" {node.mode:04o}" if node.mode is not None else ""
    return f"{noun} {node.owner}:{node.group}{mode}"


def _attributes(op: Op, node: Node) -> str:
    mode = f"{node.mode:04o}" if node.mode is not None else "unknown"
    return f"owner: {node.owner}\ngroup: {node.group}\nmode: {mode}\n"


def _content(op: Op, node: Node) -> str:
    if node.kind == "none":
        return ""
    if node.kind == "link":
        return f"link to {node.target}\n"
    if node.tree is not None:
        digest = f"sha256 {node.tree.sha256}" if node.tree.sha256 else "which does not exist yet"
        return f"content of {node.tree.archive}, {digest}\n"
    if node.kind == "dir":
        return "directory\n"
    if op.secret:
        return SECRET if node is op.new or op.new.kind != "file" else ""
    if op.where.startswith("absent") and not (node.mode or 0) & 0o004:
        return "(content not shown: the file is not readable for everybody)\n"
    return _text(node)


def _text(node: Node) -> str:
    if node.content is None:
        return f"(content of {node.size} bytes)\n" if node.size else "(content not known yet)\n"
    if len(node.content) > LIMIT:
        return f"(content of {len(node.content)} bytes{_fingerprint(node.content)})\n"
    try:
        text = node.content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return f"(binary content of {len(node.content)} bytes{_fingerprint(node.content)})\n"
    return text


def _fingerprint(content: bytes) -> str:
    import hashlib

    return f", sha256 {hashlib.sha256(content).hexdigest()}"
