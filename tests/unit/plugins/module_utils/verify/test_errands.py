"""What one account does at the chat server, as a ladder."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe.ears import Ears
from ansible_collections.onprem.chat.plugins.module_utils.verify.errands import check, rungs
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Observation, VerifyError, climb

LADDER = rungs("chat.example.lan", 5222, ["bob"], ["desk1", "desk2"], True)


def states(broken):
    steps = climb(LADDER, lambda rung: Observation("seen", broken.get(rung.name, "")))
    return {step.rung.name: step.state for step in steps}


def test_the_rungs_in_their_order():
    assert list(states({})) == ["login again", "to bob", "from desk1", "from desk2", "upload"]
    assert {rung.kind for rung in LADDER} == set(Ears({}).kinds)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ({}, []),
        ({"login again": "login-refused"}, ["login again"]),
        ({"from desk2": "archive-missing"}, ["from desk2"]),
        ({"from desk1": "archive-missing", "from desk2": "archive-missing"}, ["from desk1"]),
    ],
)
def test_what_is_named(broken, named):
    assert [rung for rung, state in states(broken).items() if state == "broken"] == named


def test_without_a_log_in_nothing_is_judged():
    assert list(states({"login again": "login-silent"}).values()) == ["broken", *["not judged"] * 4]


def test_bad_input_is_named():
    with pytest.raises(VerifyError) as caught:
        check(0, {"desk1": ""})
    assert caught.value.faults == ("port: 0 is not a port (1-65535)", "messages.desk1: must not be empty")
    check(5222, {"desk1": "x"})
