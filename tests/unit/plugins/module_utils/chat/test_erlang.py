# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Erlang expression and its answers."""

from __future__ import annotations

import base64
import json
import re

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.chat.erlang import answers, epmd_port, program, refusal
from ansible_collections.onprem.chat.plugins.module_utils.chat.model import Call, ChatError

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")


def sent(text):
    return json.loads(base64.b64decode(re.search(r'base64:decode\("([^"]*)"\)', text).group(1)))


@hypothesis.given(password=st.text())
def test_data_never_becomes_code(password):
    """Whatever a password holds: the expression around it is the same, and the server reads the same text."""
    text = program([Call("check_password", {"password": password, "user": "alice", "host": "h"}, "", "", "")])
    assert sent(text) == [["check_password", ["alice", "h", password]]]
    assert re.sub(r'base64:decode\("[^"]*"\)', "", text) == re.sub(r'base64:decode\("[^"]*"\)', "", program([]))


def test_answers():
    rows = [[True, "ok"], [False, ["error", "x"]]]
    text = base64.b64encode(json.dumps(rows).encode()).decode()
    assert answers(f'{{ok, "{text}"}}') == [(True, "ok"), (False, ["error", "x"])]


@pytest.mark.parametrize("text", ["", "{error, {undef, [alice-secret-1]}}", '{ok, "not closed'])
def test_what_cannot_be_read_is_not_repeated(text):
    with pytest.raises(ChatError) as refused:
        answers(text)
    assert "alice-secret-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ("ok", True),
        (True, True),
        (False, False),
        (0, False),
        (["ok", "User alice@h successfully registered"], True),
        ("error", False),
        (["error", "conflict"], False),
    ],
)
def test_refusal(value, fine):
    assert (refusal(value) is None) == fine


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["error", "conflict", 10090, [85, 115, 101, 114, 32, "probe", 64, "h", 32, 105, 115]], "User probe@h is"),
        (["error", "conflict"], "conflict"),
        (["error", {"reason": [0]}], '["error", {"reason": [0]}]'),
        (["error", [0, 1]], '["error", [0, 1]]'),
        (False, "false"),
    ],
)
def test_refusals_are_words(value, words):
    assert refusal(value) == words


def test_epmd_port():
    listed = "name rabbit at port 25672\nname ejabberd at port 4200\n"
    assert epmd_port(listed, "ejabberd") == 4200
    assert epmd_port(listed, "ejabber.") is None
    assert epmd_port("", "ejabberd") is None
