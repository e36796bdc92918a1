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
        # clients take either of two
        (answer("NOERROR", rows="chat.example.lan. 60 IN A 192.168.1.30\nchat.example.lan. 60 IN A 192.168.1.99"), "dns-wrong"),
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
    assert names.of_server(RUNG, "chat.example.lan", ["192.168.1.30"], 2).fault == fault


FOUR, SIX, VOID = "192.168.1.30", "2001:db8::30", "2001:db8::99"


@pytest.mark.parametrize(
    ("known", "expected", "fault"),
    [
        ({"A": [FOUR], "AAAA": ["2001:DB8:0:0::30"]}, [FOUR, SIX], ""),
        ({"A": ["192.168.1.31", FOUR], "AAAA": []}, [FOUR, "192.168.1.31"], ""),
        ({"A": [], "AAAA": [SIX]}, [SIX], ""),
        # clients that have IPv6 would go into the void
        ({"A": [FOUR], "AAAA": [VOID]}, [FOUR], "dns-wrong"),
        ({"A": [FOUR], "AAAA": [SIX, VOID]}, [FOUR, SIX], "dns-wrong"),
        ({"A": [FOUR], "AAAA": []}, [FOUR, SIX], "dns-wrong"),
    ],
)
def test_both_families_at_a_name_server(monkeypatch, known, expected, fault):
    def ask(_server, _name, kind, *_rest):
        return answer("NOERROR", rows="\n".join(f"chat.example.lan. 60 IN {kind} {one}" for one in known[kind]))

    monkeypatch.setattr(names, "ask", ask)
    assert names.of_server(RUNG, "chat.example.lan", expected, 2).fault == fault


@pytest.mark.parametrize(
    ("found", "expected", "fault"),
    [
        ([FOUR], [FOUR], ""),
        ([FOUR, SIX], [SIX, FOUR], ""),
        ([FOUR, "192.168.1.99"], [FOUR], "name-wrong"),
        ([FOUR, VOID], [FOUR], "name-wrong"),
        ([FOUR], [FOUR, SIX], "name-wrong"),
        # Debian's installer gave the chat server that name
        (["127.0.1.1", FOUR], [FOUR], ""),
        (["127.0.1.1"], [FOUR], "name-wrong"),
        ([], [FOUR], "name-unknown"),
        (None, [FOUR], "name-unknown"),
    ],
)
def test_the_name_by_the_host_itself(monkeypatch, found, expected, fault):
    monkeypatch.setattr(names, "own", lambda *_arguments: (found, 0.0))
    assert names.by_resolver("chat.example.lan", expected, 2).fault == fault


def test_addresses_of_the_resolver_are_written_in_one_way(monkeypatch):
    rows = [(0, 0, 0, "", (one, 0)) for one in ("2001:DB8:0::30", FOUR, FOUR)]
    monkeypatch.setattr(names.socket, "getaddrinfo", lambda *_arguments, **_options: rows)
    assert names.own("chat.example.lan", 2)[0] == [FOUR, SIX]


INTENT = types.SimpleNamespace(
    name="chat.example.lan", address="192.168.1.30", addresses=("192.168.1.30",), ports=(443, 5222, 5223), services=()
)


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


@pytest.mark.parametrize("there", ["xmpp-client", "xmpps-client", ""])
@pytest.mark.parametrize("due", [(), ("xmpp-client", "xmpps-client")])
def test_records_for_native_clients_that_the_zone_should_have(monkeypatch, there, due):
    def resolve(name, *_arguments, **_options):
        if not there or not name.startswith(f"_{there}."):
            raise dns.resolver.NXDOMAIN
        return [types.SimpleNamespace(target="chat.example.lan.", port=5222)]

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    seen = names.services(types.SimpleNamespace(**{**vars(INTENT), "services": due}), 2)
    assert seen.fault == ("srv-missing" if due else "")
    for one in due:
        assert (f"_{one}._tcp.chat.example.lan" in seen.seen) == (one != there)


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
