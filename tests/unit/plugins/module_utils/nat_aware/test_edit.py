# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no golden file can show: line endings, marks at the beginning, files that are no YAML, and every refusal."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.edit import decode, merge
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.error import NatAwareError
from ansible_collections.onprem.chat.plugins.module_utils.nat_aware.wish import fill, parse

ON = {"nat": True}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "nat: true\n"),
        ("# alone", "# alone\nnat: true\n"),
        ("---\r\n# x\r\n", "---\r\n# x\r\nnat: true\r\n"),
        ("---\n...\n", "---\nnat: true\n...\n"),
        ("a: 1\n...\n", "a: 1\nnat: true\n...\n"),
        ("a: 1", "a: 1\nnat: true"),
        ("\ufeffa: 1\r\n", "\ufeffa: 1\r\nnat: true\r\n"),
        ("a: |+\n  x\n\n\n", "a: |+\n  x\n\n\nnat: true\n"),
        ("a: |\n  x", "nat: true\na: |\n  x"),  # at its end a line break would become part of the text
        ("a: 1 # x\n# end", "a: 1 # x\nnat: true\n# end"),
        ("nat:\nb: 1\n", "nat: true\nb: 1\n"),
        ("nat: # why\n", "nat: true # why\n"),
        ("nat: | # why\n  x\n\nb: 1\n", "nat: true # why\n\nb: 1\n"),
        ("nat: &x ~\nb: 1\n", "nat: true\nb: 1\n"),
        ("nat: &x\nb: 1\n", "nat: true\nb: 1\n"),
        ("nat:\n- a # x\n- b\nb: 1\n", "nat: true\nb: 1\n"),
        ("nat:   off   # x\n", "nat:   true   # x\n"),
        ('"nat" : off\n', '"nat" : true\n'),
        ("? nat\n: off\n", "? nat\n: true\n"),
        ("? nat\n", "? nat\n: true"),
        ("{}", '{"nat": true}'),
        ("{nat, b: 1}", "{nat: true, b: 1}"),
        ("{a: 1, }\n", "{a: 1, nat: true, }\n"),
        ("{nat: on}", "{nat: on}"),
        ("nat: 'true'", "nat: true"),
        ("nat: 1", "nat: true"),
    ],
)
def test_one_key(before, after):
    made = merge(before, ON, "file")
    assert made.text == after
    assert bool(made.changes) == (before != after)
    assert merge(after, ON, "file").changes == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("203.0.113.10", '"203.0.113.10"'),
        ("yes", '"yes"'),
        ('a"b\\\n', '"a\\"b\\\\\\n"'),
        ("\u2028\u00e4\U0001f600", '"\\L\u00e4\\U0001F600"'),
        (5, "5"),
        (1e16, "1.0e+16"),
        (None, "null"),
        ([], "[]"),
        ([1, "a", {"b": [True]}], '[1, "a", {"b": [true]}]'),
        ({}, "{}"),
    ],
)
def test_every_kind_of_value(value, text):
    assert merge("", {"key": value}, "file").text == f"key: {text}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\n\tnat: 2\n", "file, line 2, column 1: is not YAML"),
        ("a: [1\n", "is not YAML"),
        ("a: *x\n", "line 1, column 4: is not YAML (found undefined alias 'x'); mend it there first"),
        ("a: 1\nb: \x07\n", "file, line 2: is not YAML (special characters are not allowed)"),
        ("a: 1\n---\nb: 1\n", "file, line 2: holds 2 documents"),
        ("- a\n", "file, line 1: holds a list where keys and values are expected"),
        ("word\n", "file, line 1: holds a single value where"),
        ("nat: 1\nb: 1\nnat: 2\n", "file, line 3: nat stands there 2 times, in lines 1, 3"),
        ("nat: {a: 1}\n", "file, line 1: nat holds a mapping, which would be lost"),
        ("x: &x {a: 1}\nnat: *x\n", "file, line 2: nat holds a mapping, which would be lost"),
        ("nat: &x 1\nb: *x\n", "file, line 1: nat is under the anchor &x"),
        ("nat: [&x 1]\nb: *x\n", "file, line 1: nat is under the anchor &x"),
        ("? nat\nb: 1\n", "file: cannot be edited without a risk to what else stands there; set nat by hand"),
        ("- " * 3000, "file: is nested too deeply"),
    ],
)
def test_refusals(text, words):
    with pytest.raises(NatAwareError) as error:
        merge(text, ON, "file")
    assert words in str(error.value)


def test_what_comes_by_a_merge_key():
    text = "base: &b {nat: {on: true, ip: x}, log: 1}\nmine:\n  <<: *b\n"
    assert merge(text, {"mine": {"nat": {"on": True}, "log": 1}}, "file").changes == ()
    assert merge(text, {"mine": {"log": 2}}, "file").text == text + "  log: 2\n"
    with pytest.raises(NatAwareError, match=r"line 3: mine\.nat comes from << there, and would lose its other keys"):
        merge(text, {"mine": {"nat": {"ip": "y"}}}, "file")
    with pytest.raises(NatAwareError, match=r"base\.log is under the anchor &b"):
        merge(text, {"base": {"log": 2}}, "file")


def test_a_key_that_is_a_word_or_a_number():
    text = "on: {80: a}\n"
    assert merge(text, {"on": {"80": "a"}}, "file").changes == ()
    assert merge(text, {"on": {"80": "b"}}, "file").text == 'on: {80: "b"}\n'


def test_every_refusal_is_told_at_once():
    with pytest.raises(NatAwareError) as error:
        merge("a: {b: 1}\nc: [1]\n", {"a": 1, "c": {"d": 1}, "e": 1}, "file")
    assert len(error.value.problems) == 2


def test_bytes_that_are_no_text():
    assert decode("a: \u00e4\r\n".encode(), "file") == "a: \u00e4\r\n"
    with pytest.raises(NatAwareError, match="file, line 2: is not UTF-8 text"):
        decode(b"a: 1\nb: \xff\n", "file")


def test_settings_are_read_with_their_places():
    assert parse({"a": {"b": ["x", 1, None]}}) == {"a": {"b": ["x", 1, None]}}
    with pytest.raises(NatAwareError) as error:
        parse({"a": {5: 1}, "b": float("nan"), "c": ["\ud800", object]}, "settings", "role_")
    places = [problem.path for problem in error.value.problems]
    assert places == ["role_settings.a", "role_settings.b", "role_settings.c[0]", "role_settings.c[1]"]
    for nothing in ({}, None, [], "nat: true"):
        with pytest.raises(NatAwareError, match="settings: must be a mapping"):
            parse(nothing)


def test_the_public_address_is_filled_in():
    wish = {"nat": True, "ip": "{public}", "url": "https://{public}:8443/{other}", "all": [{"a": "{public}"}]}
    assert fill(wish, "203.0.113.10") == {
        "nat": True,
        "ip": "203.0.113.10",
        "url": "https://203.0.113.10:8443/{other}",
        "all": [{"a": "203.0.113.10"}],
    }
