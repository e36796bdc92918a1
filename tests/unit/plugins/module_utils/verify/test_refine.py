"""The cause of a problem is what all vantages together tell."""

from __future__ import annotations

import string

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify.refine import EXPLAINED, TABLE
from ansible_collections.onprem.chat.plugins.module_utils.verify.verdict import verdict

SEATS = {
    "chat": {"seat": "server", "address": "192.168.1.30"},
    "desk1": {"seat": "lan", "address": "192.168.1.30"},
    "desk2": {"seat": "lan", "address": "192.168.1.30"},
    "remote": {"seat": "outside", "address": "203.0.113.10"},
    "stranger": {"seat": "outside", "address": "203.0.113.10"},
    "router": {"seat": "router", "address": "192.168.1.30"},
}
ALL = set(SEATS)


def judged(rung, kind, fault, broken, **more):
    """The verdict when some vantages see a rung broken and all others see it sound."""
    blank = {
        "rung": rung,
        "kind": kind,
        "target": "chat.example.com",
        "port": 443,
        "address": "",
        "expected": "it holds",
        "facts": {},
    }
    bad = {**blank, "state": "broken", "seen": "bad", "fault": fault, "cause": "a guess", "remedy": "a try", **more}
    good = {**blank, "state": "ok", "seen": "good", "fault": "", "cause": "", "remedy": "", **more}
    return verdict({vantage: [bad if vantage in broken else good] for vantage in SEATS}, [], SEATS)


HAIRPIN = {"address": "203.0.113.10"}
CASES = {
    "a forward is gone": ("tcp", "tcp-silent", {"remote", "stranger"}, {}, "the router does not lead port 443"),
    "one machine outside": ("tcp", "tcp-silent", {"stranger"}, {}, "a guess"),
    "the server is down": ("tcp", "tcp-refused", ALL, {}, "a guess"),
    "a wrong host behind the forward": ("tls", "tls-none", {"remote", "stranger"}, {}, "from outside port 443 leads to another"),
    "nobody outside is let in": ("page", "web-refused", {"remote", "stranger"}, {}, "a guess"),
    "outside does not trust": ("tls", "tls-unknown", {"remote", "stranger"}, {}, "a guess"),
    "the public record": ("name", "name-wrong", {"remote", "stranger"}, {}, "the record of the public zone"),
    "nobody finds the name": ("name", "name-unknown", ALL - {"router"}, {}, "a guess"),
    "big packets from outside": ("mtu", "mtu", {"remote", "stranger"}, {}, "big packets vanish between the router"),
    "hairpin": ("door", "door-closed", {"chat", "desk1", "desk2"}, HAIRPIN, "the router does not turn round"),
    "a door inside": ("door", "door-closed", {"chat", "desk1", "desk2"}, {"address": "192.168.1.30"}, "a guess"),
    "a door with a wrong certificate": ("door", "tls-name", {"chat", "desk1", "desk2"}, HAIRPIN, "a guess"),
    "one desk": ("tcp", "tcp-unreachable", {"desk1"}, {}, "it is reached from other desks: this machine's"),
    "one desk gets another answer": ("dns", "dns-no-name", {"desk1"}, {}, "a guess"),
    "both desks": ("tcp", "tcp-silent", {"desk1", "desk2"}, {}, "the chat server itself reaches it"),
    "a filter on the server": ("tcp", "tcp-silent", ALL - {"chat"}, {}, "the chat server itself reaches it"),
    "the clock of one desk": ("clock", "clock", {"desk2"}, {}, "the clock of this machine is wrong"),
    "all clocks": ("clock", "clock", ALL - {"chat", "router"}, {}, "a guess"),
}


@pytest.mark.parametrize(("kind", "fault", "broken", "more", "cause"), CASES.values(), ids=list(CASES))
def test_cause(kind, fault, broken, more, cause):
    (problem,) = judged(f"{kind} 443", kind, fault, broken, **more)["problems"]
    assert problem["cause"].startswith(cause), problem["cause"]
    assert set(problem["vantages"]) == broken
    assert (problem["remedy"] == "a try") == (cause == "a guess")


def test_every_row_of_the_table_is_needed():
    """Each row is the first that fits one of the cases above."""
    said = [case[4] for case in CASES.values()]
    for row in TABLE:
        assert any(row.cause.format(port=443).startswith(one) for one in said), row.cause


def test_the_words_of_the_table():
    known = {"port", "target", "vantages"}
    for row in TABLE:
        fields = {name for text in (row.cause, row.remedy) for _text, name, _spec, _how in string.Formatter().parse(text) if name}
        assert fields <= known


def rules(state):
    blank = {"rung": "rules", "kind": "rules", "target": "", "port": 0, "address": "", "expected": "in force", "facts": {}}
    return {**blank, "state": state, "seen": "none", "fault": "rules-gone", "cause": "flushed", "remedy": "run it again"}


def test_what_the_rules_of_the_router_explain_is_no_problem_of_its_own():
    def bad(rung, kind, address=""):
        step = {"rung": rung, "kind": kind, "target": "", "port": 0, "address": address, "expected": "", "facts": {}}
        return {**step, "state": "broken", "seen": "", "fault": "tcp-refused", "cause": "", "remedy": ""}

    ladders = {
        "chat": [bad("chat.example.com at 203.0.113.10", "door", "203.0.113.10")],
        "desk1": [bad("chat.example.com at 203.0.113.10", "door", "203.0.113.10"), bad("tls 443", "tls")],
        "remote": [bad("tcp 443", "tcp"), bad("refuse tcp 203.0.113.10:22", "refuse")],
        "router": [rules("broken"), bad("reach tcp 203.0.113.10:443", "reach")],
    }
    judged = verdict(ladders, [], SEATS)
    assert [(one["rung"], one["vantages"]) for one in judged["problems"]] == [("tls 443", ["desk1"]), ("rules", ["router"])]
    assert judged["problems"][1]["affects"] == [
        "chat.example.com at 203.0.113.10 (chat)",
        "chat.example.com at 203.0.113.10 (desk1)",
        "tcp 443 (remote)",
        "refuse tcp 203.0.113.10:22 (remote)",
        "reach tcp 203.0.113.10:443 (router)",
    ]
    assert "It breaks as well: chat.example.com at 203.0.113.10 (chat), " in judged["findings"][1]
    # each vantage keeps what it saw
    assert judged["vantages"]["remote"]["first_broken"] == "tcp 443"
    ladders["router"][0] = rules("ok")
    assert {one["rung"] for one in verdict(ladders, [], SEATS)["problems"]} == {
        "chat.example.com at 203.0.113.10",
        "tls 443",
        "tcp 443",
        "refuse tcp 203.0.113.10:22",
        "reach tcp 203.0.113.10:443",
    }


def test_a_kind_explains_others_alone():
    assert all(root not in kinds for root, seats in EXPLAINED.items() for kinds in seats.values())
