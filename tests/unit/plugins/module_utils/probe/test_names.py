"""Answers of name servers to verdicts."""

from __future__ import annotations

import types

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import pytest
from ansible_collections.onprem.chat.plugins.module_utils.probe import names, questions
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Rung

RUNG = Rung("x", "x", "", target="192.0.2.53")
ROWS = "{name} 60 IN A 203.0.113.9"


def answer(code, authoritative=False, rows=""):
    text = f"id 1\nopcode QUERY\nrcode {code}\nflags QR RD RA{' AA' if authoritative else ''}\n;ANSWER\n{rows}"
    return dns.message.from_text(text)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (answer("NXDOMAIN", authoritative=True), ""),
        (answer("REFUSED"), ""),
        # from elsewhere, though it is the same word
        (answer("NXDOMAIN"), "foreign-answered"),
        (answer("NOERROR", rows="www.example.com. 60 IN A 203.0.113.9"), "foreign-answered"),
        (answer("SERVFAIL"), "foreign-waits"),
        (dns.exception.Timeout(), "foreign-waits"),
    ],
)
def test_a_foreign_name_in_an_air_gap(monkeypatch, given, fault):
    monkeypatch.setattr(names, "ask", answering(given))
    assert names.foreign(RUNG, "www.example.com", 2).fault == fault


def answering(given):
    def ask(*_arguments):
        if isinstance(given, Exception):
            raise given
        return given

    return ask


def test_a_foreign_name_that_is_refused_late(monkeypatch):
    clock = iter([0.0, 1.5])
    monkeypatch.setattr(names, "ask", answering(answer("REFUSED")))
    monkeypatch.setattr(names.time, "monotonic", lambda: next(clock, 1.5))
    assert names.foreign(RUNG, "www.example.com", 2).fault == "foreign-waits"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (answer("NOERROR", rows="chat.example.lan. 60 IN A 192.168.1.30"), ""),
        (answer("NOERROR", rows="chat.example.lan. 60 IN A 192.168.1.99"), "dns-wrong"),
        (answer("NOERROR"), "dns-no-name"),
        (answer("NXDOMAIN"), "dns-no-name"),
        (answer("REFUSED"), "dns-refused"),
        (answer("SERVFAIL"), "dns-failed"),
        (dns.exception.Timeout(), "dns-silent"),
        (ConnectionRefusedError(111, "x"), "dns-closed"),
    ],
)
def test_the_name_at_a_name_server(monkeypatch, given, fault):
    monkeypatch.setattr(names, "ask", answering(given))
    assert names.of_server(RUNG, "chat.example.lan", "192.168.1.30", 2).fault == fault


INTENT = types.SimpleNamespace(name="chat.example.lan", address="192.168.1.30", ports=(443, 5222, 5223))


@pytest.mark.parametrize(
    ("target", "port", "fault"),
    [
        ("chat.example.lan.", 5222, ""),
        ("srv1.example.lan.", 5222, ""),
        ("other.example.lan.", 5222, "srv-wrong"),
        ("nobody.example.lan.", 5222, "srv-wrong"),
        ("chat.example.lan.", 5299, "srv-wrong"),
    ],
)
def test_records_for_native_clients(monkeypatch, target, port, fault):
    known = {"srv1.example.lan": ["192.168.1.30"], "other.example.lan": ["192.168.1.99"]}
    monkeypatch.setattr(dns.resolver, "resolve", lambda *_a, **_k: [types.SimpleNamespace(target=target, port=port)])
    monkeypatch.setattr(names, "own", lambda name, _timeout: (known.get(name, []), 0.0))
    assert names.services(INTENT, 2).fault == fault


@pytest.mark.parametrize(
    ("raised", "fault"), [(dns.resolver.NXDOMAIN(), ""), (dns.resolver.NoAnswer, ""), (dns.exception.Timeout(), "srv-failed")]
)
def test_no_records_for_native_clients(monkeypatch, raised, fault):
    def resolve(*_arguments, **_options):
        raise raised

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    assert names.services(INTENT, 2).fault == fault


@pytest.mark.parametrize(
    ("took", "foreign_took", "elsewhere", "fault"),
    [
        (0.0, 0.0, "www.example.com", ""),
        (1.5, 0.0, "www.example.com", "wrong-name-waits"),
        (0.0, 1.5, "www.example.com", "foreign-slow"),
        (0.0, 1.5, "", ""),
    ],
)
def test_wrong_names(monkeypatch, took, foreign_took, elsewhere, fault):
    monkeypatch.setattr(names, "own", lambda name, _timeout: ([], foreign_took if name == "www.example.com." else took))
    assert names.wrong_names("example.lan", elsewhere, 5).fault == fault


def test_a_name_that_nobody_has_and_that_is_found(monkeypatch):
    monkeypatch.setattr(names, "own", lambda *_arguments: (["203.0.113.9"], 0.0))
    assert names.wrong_names("example.lan", "", 5).fault == "wrong-name-found"


def test_a_question_as_data(monkeypatch):
    rows = "example.lan. 60 IN SOA ns.example.lan. host.example.lan. 2024010101 1 1 1 1"
    given = answer("NOERROR", authoritative=True, rows=rows)
    monkeypatch.setattr("dns.query.udp_with_fallback", lambda *_a, **_k: (given, False))
    found = questions.ask("192.0.2.53", "example.lan", "SOA", True, 2)
    assert found["serial"] == 2024010101
    assert (found["rcode"], found["authoritative"], found["signed"], found["error"]) == ("NOERROR", True, False, "")
    assert found["answers"] == ["ns.example.lan. host.example.lan. 2024010101 1 1 1 1"]


def test_a_question_that_nobody_answers(monkeypatch):
    def silent(*_arguments, **_options):
        raise dns.exception.Timeout

    monkeypatch.setattr("dns.query.udp_with_fallback", silent)
    found = questions.ask("192.0.2.53", "example.lan", "A", True, 2)
    assert (found["error"], found["answers"], found["serial"]) == ("no answer in time", [], None)


@pytest.mark.parametrize(
    ("parts", "expected", "rcode", "words"),
    [
        ({}, None, "", ""),
        ({}, ["192.0.2.2", "192.0.2.1"], "noerror", ""),
        ({}, [], "", "192.0.2.1, 192.0.2.2 instead of nothing"),
        ({}, ["192.0.2.1"], "", "192.0.2.1, 192.0.2.2 instead of 192.0.2.1"),
        ({}, None, "NXDOMAIN", "NOERROR instead of NXDOMAIN"),
        ({"error": "no answer in time"}, None, "", "no answer in time"),
    ],
)
def test_what_differs(parts, expected, rcode, words):
    given = {"error": "", "rcode": "NOERROR", "answers": ["192.0.2.1", "192.0.2.2"], **parts}
    assert questions.differs(given, expected, rcode) == words


@pytest.mark.parametrize(("name", "kind"), [("example.lan", "NOSUCH"), ("a..b", "A")])
def test_a_question_that_cannot_be_asked(name, kind):
    with pytest.raises(ValueError, match=f"{name} {kind}: "):
        questions.ask("192.0.2.53", name, kind, True, 2)
