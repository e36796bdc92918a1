"""The ladder stops where it breaks, and says so in words that help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.verify import faults, intent, report
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Observation, Rung, VerifyError, climb
from ansible_collections.onprem.chat.plugins.modules import site_probe

ROOT = Path(faults.__file__).parents[1]
RAW = {
    "name": "chat.example.lan",
    "address": "192.168.1.30",
    "domain": "example.lan",
    "dns_servers": ["192.168.1.53", "192.168.1.54"],
    "ports": [80, 443, 5222, 5223],
    "doors": [{"name": "chat.example.lan", "address": "192.168.1.30"}],
    "crl_urls": ["http://pki.example.lan/pki/issuing.crl"],
    "accounts": [{"name": "a", "password": "x"}, {"name": "b", "password": "y"}],
}
LADDER = (
    "dns 192.168.1.53",
    "dns 192.168.1.54",
    "name",
    "wrong name",
    "tcp 80",
    "tcp 443",
    "tcp 5222",
    "tcp 5223",
    "clock",
    "tls 443",
    "tls 5222",
    "tls 5223",
    "crl",
    "page",
    "websocket",
    "redirect",
    "chat.example.lan at 192.168.1.30",
    "accounts",
    "login a",
    "login b",
    "message",
    "history",
)


def ladder(**parts):
    return intent.rungs(intent.parse({**RAW, **parts}))


def climbed(broken, **parts):
    """States by rung when the rungs in ``broken`` show the fault that they name."""
    steps = climb(ladder(**parts), lambda rung: Observation("seen", broken.get(rung.name, "")))
    return {step.rung: step.state for step in steps}


def test_the_rungs_in_their_order():
    assert tuple(rung.name for rung in ladder()) == LADDER


def test_every_need_is_a_rung_below():
    seen = set()
    for rung in ladder():
        assert set(rung.needs) <= seen
        seen.add(rung.name)


def test_a_sound_site_has_no_finding():
    assert set(climbed({}).values()) == {"ok"}


@pytest.mark.parametrize(
    ("broken", "fault", "unjudged"),
    [
        ("dns 192.168.1.53", "dns-silent", set()),
        ("name", "name-unknown", set(LADDER[3:]) - {"accounts", "chat.example.lan at 192.168.1.30"}),
        ("tcp 443", "tcp-refused", {"tls 443", "crl", "page", "websocket"}),
        ("tcp 80", "tcp-refused", {"clock", "redirect"}),
        ("tls 443", "tls-expired", {"crl", "page", "websocket"}),
        ("tls 5222", "tls-no-starttls", {"login a", "login b", "message", "history"}),
        ("accounts", "accounts", {"login a", "login b", "message", "history"}),
        ("login b", "login-refused", {"message", "history"}),
        ("message", "message-lost", {"history"}),
        ("history", "history-missing", set()),
    ],
)
def test_what_stands_on_a_broken_rung_is_not_judged(broken, fault, unjudged):
    states = climbed({broken: fault})
    assert {rung for rung, state in states.items() if state == "broken"} == {broken}
    assert {rung for rung, state in states.items() if state == "not judged"} == unjudged


def test_a_mild_fault_lets_the_climb_go_on():
    states = climbed({"tls 443": "tls-ending"})
    assert states.pop("tls 443") == "warning"
    assert set(states.values()) == {"ok"}


def test_a_rung_that_is_not_judged_is_not_looked_at():
    looked = []
    climb((Rung("a", "x", "e"), Rung("b", "x", "e", ("a",))), lambda rung: looked.append(rung.name) or Observation("", "probe"))
    assert looked == ["a"]


def test_only_what_is_asked_for_is_climbed():
    assert not any("login" in rung.name for rung in ladder(accounts=[]))
    assert [rung.name for rung in ladder(dns_servers=[], domain="", ports=[443], doors=[], crl_urls=[], accounts=[])] == [
        "name",
        "tcp 443",
        "tls 443",
        "page",
        "websocket",
    ]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"name": "chat"}, "name: chat is not a domain name"),
        ({"domain": "lan"}, "domain: lan is not a domain name"),
        ({"address": "here"}, "address: here is not an IP address"),
        ({"dns_servers": ["192.0.2.1", "ns"]}, "dns_servers[1]: ns is not an IP address"),
        ({"ports": [0]}, "ports[0]: 0 is not a port"),
        ({"crl_urls": ["ldap://x"]}, "crl_urls[0]: ldap://x is not an http address"),
        ({"doors": [{"name": "a b", "address": "192.168.1.30"}]}, "doors[0].name: a b is not a domain name"),
        ({"doors": [{"name": "a.lan", "address": "here"}]}, "doors[0].address: here is not an IP address"),
        ({"accounts": [{}]}, "accounts: two are needed"),
    ],
)
def test_bad_input_is_named(parts, words):
    with pytest.raises(VerifyError) as caught:
        intent.parse({**RAW, **parts})
    assert words in str(caught.value)


def test_all_bad_input_is_named_at_once():
    with pytest.raises(VerifyError) as caught:
        intent.parse({**RAW, "name": "", "address": "", "ports": [0, 70000]})
    assert len(caught.value.faults) == 4


def test_every_fault_that_the_probe_can_show_is_explained():
    sources = [*ROOT.glob("probe/*.py"), ROOT / "verify" / "classify.py", Path(site_probe.__file__)]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    used = set(re.findall(r'"((?:dns|name|foreign|wrong-name|tcp|tls|crl|web|door|login|message|history)-[a-z-]+)"', text))
    used -= {"wrong-name", "tls-exporter"}
    assert used | {"clock", "library", "probe", "accounts"} == set(faults.FAULTS)


def test_every_explanation_reads_well():
    for code in faults.FAULTS:
        fault = faults.explain(code, "192.168.1.53", 53)
        assert fault.cause and fault.remedy and "{" not in fault.cause + fault.remedy
    assert "192.168.1.53" in faults.explain("dns-silent", "192.168.1.53", 53).remedy


def test_the_probe_answers_every_kind_of_rung():
    assert {rung.kind for rung in ladder()} == set(
        site_probe.Eyes(None, {"timeout": 1, "foreign_name": "", "websocket_path": "", "soon_hours": 1}).kinds
    )


def steps(broken):
    return [step.as_dict() for step in climb(ladder(), lambda rung: Observation("seen", broken.get(rung.name, "")))]


def test_verdict_names_the_first_broken_rung_of_each_vantage():
    judged = report.verdict({"desk1": steps({}), "desk2": steps({"tcp 443": "tcp-refused", "tls 5222": "tls-none"})}, ["desk3"])
    assert not judged["ok"]
    assert {vantage: one["first_broken"] for vantage, one in judged["vantages"].items()} == {"desk1": "", "desk2": "tcp 443"}
    assert judged["silent"] == ["desk3"]


def test_verdict_is_good_only_when_somebody_looked():
    assert report.verdict({"desk1": steps({})}, [])["ok"]
    assert not report.verdict({"desk1": steps({})}, ["desk2"])["ok"]
    assert not report.verdict({}, [])["ok"]


def test_findings_say_what_to_do():
    (line,) = report.findings({"desk1": steps({"tcp 443": "tcp-refused"})}, ["broken"])
    assert line.startswith("desk1: tcp 443: expected opens; seen: seen. Likely nothing listens on 443 there. To do: ")


def test_the_same_finding_of_two_vantages_is_one_line():
    broken = steps({"tcp 443": "tcp-refused"})
    (line,) = report.findings({"desk1": broken, "desk2": broken}, ["broken"])
    assert line.startswith("desk1, desk2: tcp 443: ")


def test_table():
    text = report.table({"desk1": steps({}), "desk2": steps({"tcp 443": "tcp-refused"})})
    rows = {line[:16].strip(): line[16:].split() for line in text.splitlines()}
    assert rows["tcp 443"][:2] == ["ok", "BROKEN"]
    assert rows["page"][:2] == ["ok", "-"]
    assert report.table({}) == ""
