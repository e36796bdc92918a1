# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets keys in the text of a YAML file, and touches no other byte of it.

What has to be done is found in the tree, done in the text, and held against a second reading: everything else has to mean what it
meant, in its old order, and the keys what they shall.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..intent.error import Problem
from .agree import agree
from .cut import cuts, shown
from .error import NatAwareError
from .render import inline
from .tree import Tree, read
from .walk import Set, walk

_BOM = "\ufeff"


@dataclass(frozen=True)
class Change:
    """A key, its parents before it with dots, with its value as text as it was and as it is; nothing where there is none."""

    key: str
    before: str
    after: str


@dataclass(frozen=True)
class Merged:
    text: str
    changes: tuple[Change, ...]


def decode(data: bytes, name: str) -> str:
    """Return the text of a file's bytes. Raises NatAwareError where they are not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NatAwareError([Problem(f"{name}, line {line}", "is not UTF-8 text; save it as UTF-8 first")]) from error


def merge(text: str, settings: dict[str, Any], name: str) -> Merged:
    """Return the text with the settings in it, and what that changes; a mapping in them is merged, any other value is set.

    ``settings`` is plain data, ``name`` the file as an error names it. Raises NatAwareError with each key that cannot be set
    without harm to others, and where it stands.
    """
    mark, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    tree = read(body, name)
    todo = walk(tree, settings, name)
    if not todo:
        return Merged(text, ())
    for front in (False, True):  # a new key goes to the end of its mapping, or to its beginning where the end does not take it
        made = _edited(body, tree, todo, front)
        try:
            fine = agree(tree, read(made, name), todo)
        except NatAwareError:
            fine = False
        if fine:
            return Merged(mark + made, tuple(Change(".".join(one.path), shown(one.old, body), inline(one.value)) for one in todo))
    reason = "cannot be edited without a risk to what else stands there; set {keys} by hand, or write them in the plain way first"
    keys = " and ".join(".".join(one.path) for one in todo)
    raise NatAwareError([Problem(name, reason.format(keys=keys))])


def _edited(body: str, tree: Tree, todo: Iterable[Set], front: bool) -> str:
    for cut in cuts(todo, body, tree, front):
        body = body[: cut.start] + cut.text + body[cut.end :]
    return body
