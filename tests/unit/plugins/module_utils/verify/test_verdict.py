"""What all vantages saw together: one verdict, each problem once, in words that help."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify.answers import gathered, wrote
from ansible_collections.onprem.chat.plugins.module_utils.verify.verdict import said, table, verdict


def step(rung, state="ok", seen="seen", kind="", cause="", **more):
    words = {"cause": cause or f"{rung} is out of order", "remedy": f"mend {rung}"} if state in ("broken", "warning") else {}
    blank = {"rung": rung, "kind": kind or rung.split()[0], "target": "", "port": 0, "address": "", "facts": {}}
    return {
        **blank,
        "state": state,
        "expected": f"{rung} holds",
        "seen": seen,
        "fault": "",
        "cause": "",
        "remedy": "",
        **words,
        **more,
    }


SOUND = [step("name"), step("tcp 443"), step("tls 443")]
SHUT = [step("name"), step("tcp 443", "broken", "Connection refused"), step("tls 443", "not judged", "needs tcp 443")]
SEATS = {
    "desk1": {"seat": "lan", "address": "192.168.1.30"},
    "desk2": {"seat": "lan", "address": "192.168.1.30"},
    "chat": {"seat": "server", "address": "192.168.1.30"},
    "remote": {"seat": "outside", "address": "203.0.113.10"},
    "router": {"seat": "router", "address": "192.168.1.30"},
}


def test_the_first_broken_rung_of_each_vantage():
    judged = verdict({"desk1": SOUND, "desk2": SHUT}, ["desk3"], SEATS)
    assert not judged["ok"]
    assert {vantage: (one["ok"], one["first_broken"]) for vantage, one in judged["vantages"].items()} == {
        "desk1": (True, ""),
        "desk2": (False, "tcp 443"),
    }
    assert judged["silent"] == ["desk3"]
    assert [line.split(":", maxsplit=1)[0] for line in judged["findings"]] == ["desk2", "desk3"]


def test_good_only_when_somebody_looked():
    assert verdict({"desk1": SOUND}, [], SEATS)["ok"]
    assert not verdict({"desk1": SOUND}, ["desk2"], SEATS)["ok"]
    nobody = verdict({}, [], {})
    assert not nobody["ok"]
    assert nobody["findings"] == ["no vantage: there was no host to look from"]


def test_what_cannot_be_judged_is_not_broken():
    judged = verdict({"desk1": [*SOUND, step("reach udp 203.0.113.10:500", "not judged")]}, [], SEATS)
    assert judged["ok"] and judged["vantages"]["desk1"]["ok"]


def test_a_problem_says_what_to_do():
    (line,) = verdict({"desk1": SHUT}, [], SEATS)["findings"]
    assert line == (
        "desk1: tcp 443: expected tcp 443 holds; seen: Connection refused. Likely tcp 443 is out of order. To do: mend tcp 443"
    )


def test_the_same_problem_of_two_vantages_is_one():
    late = [step("name"), step("tcp 443", "broken", "no answer in time")]
    (problem,) = verdict({"desk1": SHUT, "desk2": late}, [], SEATS)["problems"]
    assert problem["vantages"] == ["desk1", "desk2"]
    assert problem["seen"] == "Connection refused / no answer in time"
    assert (problem["rung"], problem["kind"]) == ("tcp 443", "tcp")


def test_a_warning_is_no_problem():
    judged = verdict({"desk1": [step("tls 443", "warning")]}, [], SEATS)
    assert judged["ok"] and not judged["problems"]
    assert said(judged["warnings"][0]).startswith("desk1: tls 443: ")


def test_the_table():
    text = table({"desk1": SOUND, "desk2": SHUT})
    rows = {line[:7].strip(): line[7:].split() for line in text.splitlines()}
    assert rows["tcp 443"][:2] == ["ok", "BROKEN"]
    assert rows["tls 443"][:2] == ["ok", "-"]
    assert table({}) == ""


def test_rungs_of_which_there_are_many_share_a_line_while_they_are_sound():
    rows = [step(f"refuse tcp 203.0.113.10:{port}") for port in (21, 22, 23)]
    lines = table({"remote": rows, "stranger": [*rows[:2], step("refuse tcp 203.0.113.10:23", "broken", "opened")]}).splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [["refuse", "tcp", "203.0.113.10:23"], ["refuse", "(2)", "ok"]]


def test_the_answers_of_a_vantage_are_one_ladder():
    probed, rows = {"steps": [step("name")]}, {"steps": [step("reach tcp 203.0.113.10:443")]}
    rules = {"present": True, "intact": True, "pending": False}
    ladders, silent = gathered(
        {
            "desk1": [probed, {}, rows],
            "router": [{"skipped": True}, rules, rows],
            "lost": [{"unreachable": True, "msg": "no route"}, {}],
            "half": [{"failed": True, "msg": "a traceback"}, rows],
            "never": [{}, {}],
            "idle": [{"skipped": True}, {"skipped": True}],
        },
        {},
    )
    assert [one["rung"] for one in ladders["desk1"]] == ["name", "reach tcp 203.0.113.10:443"]
    assert [one["rung"] for one in ladders["router"]] == ["rules", "reach tcp 203.0.113.10:443"]
    assert set(ladders) == {"desk1", "router", "half"}
    assert silent == ["lost", "half", "never"]


def settled(seat, *steps):
    ladders, _silent = gathered({"one": [{"steps": list(steps)}]}, {"one": seat})
    return {one["rung"]: (one["state"], one["seen"]) for one in ladders["one"]}


def test_what_stands_on_a_rung_of_another_probe_is_not_judged_without_it():
    row = step("reach tcp 203.0.113.10:443", "broken", "no answer", needs=["tcp 443", "no such rung"])
    assert settled("router", step("tcp 443"), row)[row["rung"]] == ("broken", "no answer")
    assert settled("router", step("tcp 443", "warning"), row)[row["rung"]] == ("broken", "no answer")
    assert settled("router", step("tcp 443", "broken"), row)[row["rung"]] == ("not judged", "needs tcp 443")


def test_a_host_that_answers_on_no_port_is_named_once():
    def knocked(port, fault, address="192.168.1.30"):
        return step(f"tcp {port}", "broken", "no answer", fault=fault, address=address)

    silent = settled(
        "router", knocked(80, "tcp-silent"), knocked(5222, "tcp-silent"), knocked(9555, "tcp-silent", "192.168.1.40")
    )
    assert silent["tcp 5222"] == ("not judged", "no answer; tcp 80 is broken")
    assert silent["tcp 9555"][0] == "broken"
    # two programs are down there
    refused = settled("router", knocked(80, "tcp-refused"), knocked(5222, "tcp-refused"))
    assert {state for state, _seen in refused.values()} == {"broken"}


def test_without_an_archive_nobody_elses_messages_are_judged():
    other = step("from desk2", "broken", "refused")
    assert settled("lan", step("history"), other)[other["rung"]] == ("broken", "refused")
    assert settled("lan", step("history", "broken"), other)[other["rung"]] == ("not judged", "needs history")


def test_a_fault_that_is_named_already_is_not_named_again():
    rows = [
        step("refuse tcp 203.0.113.10:21", "broken", "refused", fault="refuse-answered"),
        step("refuse tcp 203.0.113.10:22", "broken", "opened", fault="refuse-opened", echoes=["refuse tcp 203.0.113.10:21"]),
        step("refuse tcp 203.0.113.10:23", "broken", "refused", fault="refuse-answered", echoes=["refuse tcp 203.0.113.10:21"]),
    ]
    assert list(settled("outside", *rows).values()) == [
        ("broken", "refused"),
        ("broken", "opened"),
        ("not judged", "refused; refuse tcp 203.0.113.10:21 is broken"),
    ]


def test_a_library_is_missed_where_the_playbooks_install_it():
    lacking = step("dns 192.168.1.53", "broken", "No module named 'dns'", fault="library")
    for seat, state in {"lan": "broken", "outside": "broken", "controller": "not judged", "router": "not judged"}.items():
        assert settled(seat, lacking)["dns 192.168.1.53"] == (state, "No module named 'dns'")


def test_who_wrote():
    answers = {
        "desk1": {"steps": [step("message")]},
        "desk2": {"steps": [step("message", "broken")]},
        "lost": {},
        "router": {"skipped": True},
    }
    assert wrote(answers) == ["desk1"]


@pytest.mark.parametrize(
    ("answer", "state", "fault"),
    [
        ({"present": True, "intact": True, "pending": False}, "ok", ""),
        ({"present": False, "intact": False, "pending": False}, "broken", "rules-gone"),
        ({"present": True, "intact": False, "pending": False}, "broken", "rules-changed"),
        ({"present": True, "intact": True, "pending": True}, "warning", "rules-pending"),
    ],
)
def test_the_rules_of_the_router_are_a_rung(answer, state, fault):
    ladders, _silent = gathered({"router": [answer]}, {})
    assert [(one["rung"], one["state"], one["fault"]) for one in ladders["router"]] == [("rules", state, fault)]
