# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be changed, and the words for servers that do not agree."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.dns.name import Name
from ansible_collections.onprem.chat.plugins.module_utils.public_dns import message, words
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.error import PublicDnsError
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.model import Answer, Intent, Key, Reading, RecordSet, Server
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.plan import changes, diff, missing, result, too_late

CHAT = RecordSet("records[0]", Name.parse("chat.example.com"), "A", 300, ("203.0.113.10",))
GONE = RecordSet("records[1]", Name.parse("old.example.com"), "A", 300, ())
INTENT = Intent(Name.parse("example.com"), (CHAT,), "ns1.example.com", key=Key("site-key", "hmac-sha256", "c2VjcmV0"), wait=7)
ONE, TWO = Server("ns1.example.com", "192.0.2.53"), Server("", "192.0.2.54")


@pytest.mark.parametrize(
    ("record", "before", "due"),
    [
        (CHAT, Reading(CHAT.values, 300), False),
        (CHAT, Reading(CHAT.values, 60), True),
        (CHAT, Reading(("203.0.113.9",), 300), True),
        (CHAT, Reading((*CHAT.values, "203.0.113.11"), 300), True),
        (CHAT, Reading(), True),
        (GONE, Reading(), False),
        (GONE, Reading(("203.0.113.9",), 300), True),
        (GONE, Reading(alias="www.example.com"), False),
    ],
)
def test_only_what_differs_is_changed(record, before, due):
    made = changes([record], {record: before})
    assert [change.record for change in made] == [record] * due
    assert bool(diff("example.com", made)["before"]) == (due and bool(before.values))


def test_an_alias_in_the_way_is_told():
    with pytest.raises(PublicDnsError, match=r"^x_records\[0\]\.name: chat\.example\.com is an alias \(CNAME\) of www"):
        changes([CHAT], {CHAT: Reading(alias="www.example.com")}, "x_")


def test_one_transaction_holds_only_while_the_zone_is_as_it_was_read():
    made = changes([CHAT, GONE], {CHAT: Reading(), GONE: Reading(("203.0.113.9",), 300)})
    text = message.update("example.com.", made).to_text()
    assert text.split(";PREREQ\n")[1].split(";UPDATE")[0].splitlines() == [
        "chat.example.com. NONE A",
        "chat.example.com. NONE CNAME",
        "old.example.com. 0 IN A 203.0.113.9",
    ]
    assert text.split(";UPDATE\n")[1].split(";ADD")[0].splitlines() == [
        "chat.example.com. ANY A",
        "chat.example.com. 300 IN A 203.0.113.10",
        "old.example.com. ANY A",
    ]


def test_who_does_not_agree_is_named_with_what_it_says():
    answers = [Answer(ONE, CHAT, Reading(CHAT.values, 60)), Answer(TWO, CHAT, Reading(("203.0.113.9",), 300))]
    assert str(too_late(INTENT, answers, "x_")) == (
        "x_wait: after 7 s, chat.example.com A should be 203.0.113.10: "
        "ns1.example.com (192.0.2.53) says 203.0.113.10; 192.0.2.54 says 203.0.113.9"
    )
    assert result(INTENT, answers)["missing"][0]["values"] == ["203.0.113.10"]
    assert result(INTENT, answers[:1]) == {"published": True, "missing": [], "authoritative": ["ns1.example.com (192.0.2.53)"]}


@pytest.mark.parametrize(
    "reading",
    [Reading(), Reading(fault="does not answer"), Reading(CHAT.values, alias="www.example.com"), Reading(("203.0.113.9",))],
)
def test_a_server_has_it_only_when_it_says_just_that(reading):
    assert missing([CHAT], [Answer(ONE, CHAT, Reading(CHAT.values)), Answer(TWO, CHAT, reading)]) == (CHAT,)


def test_nobody_asked_is_nobody_who_has_it():
    assert missing([CHAT], []) == (CHAT,)


@pytest.mark.parametrize("table", [words.SIGNATURES, words.QUESTIONS, words.CHANGES], ids=["signatures", "questions", "changes"])
def test_every_refusal_has_words(table):
    for entry in table.values():
        path, said = words.filled(entry, ONE, INTENT, "A chat.example.com")
        assert path in ("server", "zone", "key_name", "key_secret", "key_algorithm")
        assert "ns1.example.com (192.0.2.53)" in said and "{" not in said and INTENT.key.secret not in said


def test_no_text_of_an_intent_holds_the_secret():
    assert INTENT.key.secret not in repr(INTENT) + str(INTENT)
