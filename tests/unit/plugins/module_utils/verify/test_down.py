"""A chat server that is not there is one problem; one that only Ansible does not reach is none of the network's."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify.verdict import verdict

SEATS = {
    "desk1": {"seat": "lan", "address": "192.168.1.30"},
    "desk2": {"seat": "lan", "address": "192.168.1.30"},
    "chat": {"seat": "server", "address": "192.168.1.30"},
}


def step(rung, fault="", target="chat.example.lan", **more):
    words = dict.fromkeys(("expected", "seen", "cause", "remedy"), "words")
    state = "broken" if fault else "ok"
    return {**words, "rung": rung, "kind": rung.split()[0], "state": state, "fault": fault, "target": target, "port": 0, **more}


NO_NAMES = step("dns 192.168.1.30", "dns-silent", "192.168.1.30")
OTHER_NAMES = step("dns 192.168.1.53", "dns-silent", "192.168.1.53")
NO_PORTS = [step("tcp 80", "tcp-unreachable"), step("tcp 5222", "tcp-unreachable")]


def rungs(ladders, silent=("chat",)):
    return [(one["rung"], one["affects"]) for one in verdict(ladders, silent, SEATS)["problems"]]


def test_a_server_that_is_off_is_one_problem():
    (found,) = verdict({"desk1": [NO_NAMES, *NO_PORTS]}, ["chat"], SEATS)["problems"]
    assert (found["rung"], found["affects"]) == ("tcp 80", ["dns 192.168.1.30 (desk1)", "tcp 5222 (desk1)"])
    assert found["cause"].startswith("chat is switched off")
    assert found["remedy"].endswith("ping 192.168.1.30")


@pytest.mark.parametrize(
    ("ladders", "silent"),
    [
        ({"desk1": [NO_NAMES, *NO_PORTS]}, ["desk2"]),
        ({"desk1": [NO_NAMES, *NO_PORTS]}, []),
        ({"desk1": [NO_NAMES, *NO_PORTS], "desk2": [step("tcp 80")]}, ["chat"]),
    ],
)
def test_a_server_that_somebody_reaches_is_not_off(ladders, silent):
    assert [rung for rung, _affects in rungs(ladders, silent)] == ["dns 192.168.1.30", "tcp 80", "tcp 5222"]


def test_what_is_wrong_besides_stays():
    assert rungs({"desk1": [OTHER_NAMES, *NO_PORTS]}) == [("tcp 80", ["tcp 5222 (desk1)"]), ("dns 192.168.1.53", [])]
    assert rungs({"desk1": [step("tcp 80", "tcp-refused")]}) == [("tcp 80", [])]
    assert rungs({"desk1": [NO_NAMES]}) == [("dns 192.168.1.30", [])]
