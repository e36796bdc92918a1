"""Native clients on slixmpp: port 5222 behind STARTTLS on one desk, port 5223 with TLS from the start on the other."""

from __future__ import annotations

import base64

import pytest

CONTENT = "what a native client sends\n" * 100


@pytest.fixture(scope="module")
def natives(sit_down, people):
    """alice on desk1 over 5222, bob on desk2 over 5223."""
    found = {}
    for name, host, port, direct in (("alice", "desk1", 5222, False), ("bob", "desk2", 5223, True)):
        desk = sit_down(host, "native.py")
        assert desk.login(people[name]["address"], people[name]["password"], port, direct) == "session_start"
        found[name] = desk
    yield found
    for desk in found.values():
        desk.leave()


@pytest.fixture
def alice(natives):
    return natives["alice"]


@pytest.fixture
def bob(natives):
    return natives["bob"]


def test_tls_is_verified(alice, bob, site):
    for person in (alice, bob):
        assert person.channel() == {"version": "TLSv1.3", "verified": True, "name": site["name"]}


def test_direct_messages_both_ways(alice, bob, people, token):
    alice.say(people["bob"]["address"], token)
    assert bob.hears(token)["from"].startswith(people["alice"]["address"])
    bob.say(people["alice"]["address"], f"back {token}")
    assert alice.hears(f"back {token}")["type"] == "chat"


def test_room_messages(alice, bob, site, token):
    alice.enter(site["room"], "alice-native")
    bob.enter(site["room"], "bob-native")
    alice.say_in(site["room"], token)
    assert bob.hears(token)["type"] == "groupchat"
    assert token in bob.history(site["room"])


def test_history(alice, bob, people, token):
    alice.say(people["bob"]["address"], token)
    bob.hears(token)
    assert token in bob.history()
    assert token in alice.history()


def test_a_file_goes_from_one_to_the_other(alice, bob, people, token):
    url = alice.attach(f"{token}.txt", base64.b64encode(CONTENT.encode()).decode())
    alice.say(people["bob"]["address"], url)
    bob.hears(url)
    assert bob.fetch(url) == {"status": 200, "text": CONTENT}


def test_people_find_each_other(alice, bob, people):
    assert people["bob"]["address"] in alice.contacts()
    assert people["alice"]["address"] in bob.contacts()


def test_nothing_goes_to_another_server(alice, token):
    assert alice.bounced("somebody@example.org", token) in (
        "remote-server-not-found",
        "not-allowed",
        "forbidden",
        "service-unavailable",
    )


def test_an_account_is_not_to_be_had_from_within(alice, site):
    assert alice.asks(site["name"], "jabber:iq:register") != "ok"
