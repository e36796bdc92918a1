"""What all vantages saw together: one verdict, each problem once, in words that help."""

from __future__ import annotations

from ansible_collections.onprem.chat.plugins.module_utils.verify.answers import gathered
from ansible_collections.onprem.chat.plugins.module_utils.verify.verdict import said, table, verdict


def step(rung, state="ok", seen="seen", kind="", cause=""):
    words = {"cause": cause or f"{rung} is out of order", "remedy": f"mend {rung}"} if state in ("broken", "warning") else {}
    blank = {"rung": rung, "kind": kind or rung.split()[0], "target": "", "port": 0, "facts": {}, "cause": "", "remedy": ""}
    return {**blank, "state": state, "expected": f"{rung} holds", "seen": seen, **words}


SOUND = [step("name"), step("tcp 443"), step("tls 443")]
SHUT = [step("name"), step("tcp 443", "broken", "Connection refused"), step("tls 443", "not judged", "needs tcp 443")]
SEATS = {"desk1": "lan", "desk2": "lan"}


def test_the_first_broken_rung_of_each_vantage():
    judged = verdict({"desk1": SOUND, "desk2": SHUT}, ["desk3"], SEATS)
    assert not judged["ok"]
    assert {vantage: (one["ok"], one["first_broken"]) for vantage, one in judged["vantages"].items()} == {
        "desk1": (True, ""),
        "desk2": (False, "tcp 443"),
    }
    assert judged["silent"] == ["desk3"]
    assert [line.split(":")[0] for line in judged["findings"]] == ["desk2", "desk3"]


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


def test_the_answers_of_a_vantage_are_one_ladder():
    probed, rows = {"steps": [step("name")]}, {"steps": [step("reach tcp 203.0.113.10:443")]}
    ladders, silent = gathered(
        {
            "desk1": [probed, rows],
            "router": [{"skipped": True}, rows],
            "lost": [{"unreachable": True, "msg": "no route"}, {}],
            "half": [{"failed": True, "msg": "a traceback"}, rows],
            "never": [{}, {}],
            "idle": [{"skipped": True}, {"skipped": True}],
        }
    )
    assert [one["rung"] for one in ladders["desk1"]] == ["name", "reach tcp 203.0.113.10:443"]
    assert set(ladders) == {"desk1", "router", "half"}
    assert silent == ["lost", "half", "never"]
