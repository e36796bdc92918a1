# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of the answers of others: name servers, lego, and failures that repeat themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from public_certificate.memory import Memory, keep, recall
from public_certificate.order import command, environment, refusal
from public_certificate.records import Answer, Server, address_problems
from public_certificate.refusal import CHECK, Refusal
from public_certificate.settings import parse

HERE = "203.0.113.10"
FIRST, SECOND, SIX = (
    Server("ns1.example.com", "192.0.2.1"),
    Server("ns2.example.com", "192.0.2.2"),
    Server("ns2.example.com", "2001:db8::2"),
)
GOOD = Answer(FIRST, (HERE,))
SETTINGS = {
    "name": "chat.example.com", "address": HERE, "email": "admin@example.com", "terms_agreed": True, "challenge": "dns-01",
    "directory": "https://acme.example.net/dir", "zone": "example.com", "dns_server": "2001:db8::1", "key_name": "k",
    "key_secret_path": "/etc/secret", "ca_certificate": "/etc/ca.pem",
}  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([GOOD, Answer(SECOND, (HERE,))], []),
        ([GOOD, Answer(SECOND, ("192.0.2.99",))], ["at ns2.example.com (192.0.2.2): 192.0.2.99; declared is 203.0.113.10"]),
        ([Answer(FIRST, (HERE, "192.0.2.99"))], ["203.0.113.10 192.0.2.99; declared"]),
        ([Answer(FIRST)], ["no such record"]),
        ([Answer(FIRST, alias="elsewhere.example.net")], ["an alias (CNAME) of elsewhere.example.net"]),
        ([GOOD, Answer(SECOND, problem="no answer (it is silent)", silent=True)], ["no answer (it is silent)"]),
        ([GOOD, Answer(SECOND, (HERE,)), Answer(SIX, problem="no answer", silent=True)], []),
        ([GOOD, Answer(SIX, problem="no answer", silent=True)], ["2001:db8::2"]),
        ([Answer(FIRST, problem="REFUSED")], ["REFUSED"]),
    ],
)
def test_every_server_has_to_name_the_declared_address(answers, expected):
    problems = address_problems("chat.example.com", HERE, answers)
    assert len(problems) == len(expected) + bool(expected)
    assert all(words in problem for words, problem in zip(expected, problems)), problems


def test_lego_is_called_without_secrets_and_without_what_4_9_lacks():
    settings = parse(SETTINGS)
    words, variables = command(settings, Path("/p"), Path("/r"), (FIRST, SIX)), environment(settings)
    assert words[0] == "lego" and words[-1] == "run" and "--accept-tos" in words
    assert words[words.index("--dns.resolvers") :] == [
        "--dns.resolvers",
        "192.0.2.1:53",
        "--dns.resolvers",
        "[2001:db8::2]:53",
        "run",
    ]
    assert variables["RFC2136_TSIG_SECRET_FILE"] == "/etc/secret" and "RFC2136_TSIG_SECRET" not in variables
    assert variables["RFC2136_NAMESERVER"] == "[2001:db8::1]:53" and variables["LEGO_CA_CERTIFICATES"] == "/etc/ca.pem"
    by_http = parse({**SETTINGS, "challenge": "http-01", "ca_certificate": ""})
    assert "--http.webroot" in command(by_http, Path("/p"), Path("/r"), ())
    assert not [key for key in environment(by_http) if key.startswith(("RFC2136", "LEGO"))]


@pytest.mark.parametrize(
    ("said", "expected", "after"),
    [
        ("acme: error: 429 :: POST :: urn:ietf:params:acme:error:rateLimited :: too many", "asked again later", 21600),
        ("acme: error: 403 :: urn:ietf:params:acme:error:caa :: CAA forbids", "a CAA record of the domain", 0),
        ("2026/01/31 12:00:00 Could not create client: x509: certificate signed by unknown authority", "is for a private one", 0),
        ("dial tcp: lookup acme.example.net: no such host (error)", "not known to this host's resolver", 0),
        ("error: something new", "something new", 0),
        ("", "lego said nothing", 0),
    ],
)
def test_words_of_the_authority(said, expected, after):
    refused = refusal(said, parse(SETTINGS))
    assert expected in refused.problems[-1] and "2026/01/31" not in refused.problems[0]
    assert refused.retry_after == after


def test_failures_wait_longer_and_longer_and_are_forgotten(tmp_path):
    memory, waits, now, day = Memory(told="acme/1 1"), [], 1_000_000_000.0, 86400.0
    for _number in range(8):
        memory = memory.failed(Refusal(CHECK, ["no"]), now, 90 * day)
        waits.append((memory.not_before - now) / 3600)
        assert memory.waiting(now + 1) and not memory.waiting(memory.not_before)
        now = memory.not_before
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24]
    assert "8 tries failed since 2001-09-09 01:46 UTC" in memory.lines()[0] and memory.lines()[1:] == ["no"]
    assert not memory.waiting(1.0), "a clock that was set back by years"
    keep(tmp_path, memory)
    assert recall(tmp_path) == memory
    assert memory.succeeded() == Memory(told="acme/1 1")
    assert Memory().failed(Refusal(CHECK, []), now, 6 * day).failed(Refusal(CHECK, []), now, 6 * day).not_before - now == 7200
    limited = Memory().failed(Refusal(CHECK, [], retry_after=2 * day), now, 6 * day)
    assert limited.not_before - now == 2 * day


@pytest.mark.parametrize("content", ["", "{", "[]", '{"failures": "x"}', '{"colour": 1}', '{"code": 99}'])
def test_a_state_that_cannot_be_read_is_none(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    assert recall(tmp_path) == Memory()
