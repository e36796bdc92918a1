# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For any file and any settings: the result says what was merged, and every other byte stands where it stood."""

from __future__ import annotations

import copy

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.edit import merge
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

KEYS = st.sampled_from(["nat", "public_ip", "a", "b", "deep", "on", "x-y"])
OTHERS = st.sampled_from(["host", "email", "k1", "k2", "k3", "'k 4'", '"k:5"'])
LEAVES = st.one_of(
    st.booleans(), st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
).filter(lambda value: not isinstance(value, str) or value.isprintable() or max(value) < "\ud800")
VALUES = st.one_of(LEAVES, st.lists(LEAVES, max_size=3))
WISHES = st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES, min_size=1, max_size=2)), min_size=1, max_size=4)
SCALARS = st.sampled_from(
    [
        "1",
        "yes",
        "off",
        "~",
        "'it''s'",
        '"a \\n b"',
        "plain words",
        "2001-01-01",
        "0x1F",
        "!own tag",
        "",
        "1.5",
        "a:b",
        "http://x/#y",
    ]
)
FLOWS = st.sampled_from(["[a,  b]", "{x: 1,   'y': [2]}", "[ ]", "{}", "[{p: q}, 1 ]"])
REMARKS = st.sampled_from(["", "", "  # why", " #", "   "])
BETWEEN = st.sampled_from([[], [], [], [], [""], ["# alone"], ["   # pushed in"], ["#nat: false"]])
# Made once: a strategy that is made anew for every line takes longer than what it draws
NAMES = st.lists(st.one_of(KEYS, OTHERS), unique_by=lambda one: one.strip("'\""), min_size=1, max_size=4)
KIND = st.sampled_from(["scalar", "scalar", "flow", "text", "list", "mapping"])
DEEPER = st.sampled_from([1, 2, 4])
INNER = st.sampled_from(["", "  "])
ROWS = st.lists(st.one_of(SCALARS.filter(bool), FLOWS), min_size=1, max_size=3)
HEADER = st.sampled_from(["|", ">", "|-", ">+", "|2"])
GAP = st.sampled_from([[], [""]])
LINE = st.sampled_from(["\n", "\n", "\r\n"])
HEAD = st.sampled_from([[], ["---"], ["# head", "", "---"], ["%YAML 1.1", "---"]])
TAIL = st.sampled_from([[], [], [""], ["# tail"], ["..."]])
MARK = st.sampled_from(["", "", "\ufeff"])
ENDED = st.sampled_from([True, True, False])


@st.composite
def blocks(draw, indent=0, depth=2):
    """Lines of a block mapping, with comments and all kinds of values; no key stands there twice."""
    lines = []
    for key in draw(NAMES):
        if key == "on":
            key = '"on"'
        pad = " " * indent
        lines += draw(BETWEEN)
        kind = draw(KIND)
        remark = draw(REMARKS)
        if kind == "mapping" and depth:
            lines += [f"{pad}{key}:{remark}", *draw(blocks(indent + draw(DEEPER), depth - 1))]
        elif kind == "list":
            inner = pad + draw(INNER)
            rows = draw(ROWS)
            lines += [f"{pad}{key}:{remark}", *(f"{inner}- {row}" for row in rows)]
        elif kind == "text":
            head = draw(HEADER)
            lines += [f"{pad}{key}: {head}", f"{pad}  one", *draw(GAP), f"{pad}  two # no comment"]
        else:
            value = draw(FLOWS if kind == "flow" else SCALARS)
            lines.append(f"{pad}{key}: {value}".rstrip() + (remark or ""))
    return lines


@st.composite
def files(draw):
    line = draw(LINE)
    lines = [*draw(HEAD), *draw(blocks()), *draw(TAIL)]
    return draw(MARK) + line.join(lines) + (line if draw(ENDED) else "")


class Loader(yaml.SafeLoader):
    """Reads tags that nobody knows."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: (suffix, node.value))


def load(text):
    return yaml.load(text, Loader)


def merged(have, wish):
    if not isinstance(wish, dict):
        return wish
    found = copy.deepcopy(have) if isinstance(have, dict) else {}
    for key, value in wish.items():
        found[key] = merged(found.get(key), value)
    return found


def kinds(value):
    """The value with the kinds of all that is in it: 1 is not true."""
    if isinstance(value, dict):
        return {key: kinds(inner) for key, inner in value.items()}
    return [kinds(one) for one in value] if isinstance(value, list) else (type(value).__name__, value)


def rows(data, path=()):
    """All places of plain data and what stands there."""
    yield path, data
    if isinstance(data, dict):
        for key, inner in data.items():
            yield from rows(inner, (*path, key))


@settings(max_examples=120, deadline=None)
@given(files(), WISHES)
def test_the_result_is_the_merged_data(text, wish):
    before = load(text)
    try:
        made = merge(text, wish, "file")
    except NatAwareError as error:
        assert "risk" not in str(error) and "not YAML" not in str(error), f"{text!r} {wish!r} {error}"
        return
    assert kinds(load(made.text)) == kinds(merged(before, wish)), made.text
    again = merge(made.text, wish, "file")
    assert (again.text, again.changes) == (made.text, ())


@settings(max_examples=120, deadline=None)
@given(files(), st.dictionaries(st.sampled_from(["new", "other"]), VALUES, min_size=1))
def test_what_is_added_is_all_that_is_new(text, wish):
    """Without what stands between the common beginning and the common end, the old text is left, byte for byte."""
    made = merge(text, wish, "file").text
    start = next((index for index, (one, other) in enumerate(zip(text, made)) if one != other), len(text))
    rest = len(text) - start
    assert made.endswith(text[start:]) and len(made) > len(text), (text, made, rest)


@settings(max_examples=80, deadline=None)
@given(files(), LEAVES)
def test_what_is_set_anew_changes_its_own_value_alone(text, value):
    """Every single value that stands there alone is set to another one: what is before and behind it stays."""
    for path, have in rows(load(text)):
        if not path or isinstance(have, (dict, list, tuple)):
            continue
        wish = value
        for key in reversed(path):
            wish = {key: wish}
        made = merge(text, wish, "file")
        if not made.changes:
            continue
        (change,) = made.changes
        assert change.key == ".".join(path)
        start = next((index for index, (one, other) in enumerate(zip(text, made.text)) if one != other), len(text))
        end = next((index for index, (one, other) in enumerate(zip(text[::-1], made.text[::-1])) if one != other), len(text))
        gone = text[start : max(len(text) - end, start)]
        old = text.replace("\r\n", "\n")
        assert "#" not in gone or "# no comment" in gone or "/#y" in gone, (old, made.text, gone)
        assert kinds(load(made.text)) == kinds(merged(load(text), wish))


@settings(max_examples=400, deadline=None)
@given(st.text("ab:-?[]{},'\"#&*!|>%@ \n\t\r<.1", max_size=40), WISHES)
@example("? a\n: b\n", {"nat": True})
@example("&a a: *a\n", {"nat": True})
@example("? [a]\n: 1\n", {"nat": True})
@example("a: &x [*x]\n", {"a": 1})
def test_any_text_is_merged_rightly_or_refused(text, wish):
    try:
        made = merge(text, wish, "file").text
    except NatAwareError:
        return
    try:
        before, after = load(text), load(made)
    except (yaml.YAMLError, TypeError, ValueError, RecursionError):
        assume(False)
    assert kinds_of_all(after) == kinds_of_all(merged(before, wish)), made


def kinds_of_all(value):
    try:
        return kinds(value)
    except RecursionError:
        pytest.skip("a value that holds itself")
