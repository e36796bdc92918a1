"""The module against a real primary and a real secondary."""

from __future__ import annotations

import random
import threading
import time

import pytest

CHAT = {"name": "chat.example.com", "type": "A", "values": ["203.0.113.10"]}
MOVED = {**CHAT, "values": ["203.0.113.11", "203.0.113.12"]}


def test_publishes_every_type_in_one_transaction_and_then_leaves_it_alone(provider):
    before, serial = provider.zone(), provider.serial()
    predicted = provider.call(check=True)
    assert provider.zone() == before
    done = provider.call()
    assert done["changed"] and done["published"] and not done["missing"]
    assert predicted["changed"] and predicted["diff"] == done["diff"]
    assert not predicted["published"] and len(predicted["missing"]) == len(provider.records)
    assert provider.serial() == serial + 1
    added = sorted(set(provider.zone()) - set(before))
    assert added == sorted(done["zone_lines"]) == sorted(done["diff"]["after"].splitlines())
    assert set(before) < set(provider.zone()) and done["diff"]["before"] == ""
    assert provider.zone(provider.secondary) == provider.zone()
    # an IPv6 address of ns1 that cannot be reached from here is left out
    assert done["authoritative"] == ["ns1.example.com (192.0.2.53)", "ns2.example.com (192.0.2.54)"]
    again = provider.call()
    assert not again["changed"] and again["published"] and again["diff"]["before"] == again["diff"]["after"] == ""
    assert not provider.call(check=True)["changed"]
    assert provider.serial() == serial + 1


def test_replaces_removes_and_corrects_the_ttl(provider):
    provider.call(records=[CHAT])
    moved = provider.call(records=[MOVED])
    assert moved["diff"]["before"] == "chat.example.com. 300 IN A 203.0.113.10\n"
    assert provider.dig("chat.example.com", "A", provider.secondary) == MOVED["values"]
    longer = provider.call(records=[{**MOVED, "ttl": 600}])
    assert longer["changed"] and "chat.example.com. 600 IN A 203.0.113.11" in provider.zone()
    gone = {**CHAT, "values": []}
    assert provider.call(check=True, records=[gone])["changed"]
    assert provider.call(records=[gone])["changed"]
    assert provider.dig("chat.example.com", "A", provider.secondary) == []
    assert not provider.call(records=[gone])["changed"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key_secret": "WRONG"}, "key_secret: ns1.example.com (192.0.2.53) says BADSIG"),
        ({"key_name": "nobody"}, "key_name: ns1.example.com (192.0.2.53) says BADKEY"),
        ({"key_algorithm": "hmac-sha512"}, "does not know the key site-key with hmac-sha512"),
        ({"clock": 3600}, "server: ns1.example.com (192.0.2.53) says BADTIME"),
        ({"clock": -3600}, "set the clock of this host"),
        (
            {"zone": "example.net", "records": [{**CHAT, "name": "chat"}]},
            "says REFUSED: it does not answer this host for example.net",
        ),
        (
            {"zone": "chat.example.com"},
            "zone: chat.example.com is no zone of its own at ns1.example.com (192.0.2.53); it is part of",
        ),
        ({"records": [{**CHAT, "name": "chat.example.net"}]}, "records[0].name: chat.example.net is not inside example.com"),
        ({"server": "192.0.2.55"}, "server: 192.0.2.55 does not answer; see that it is the right server"),
        ({"server": "nobody.example.com"}, "server: this host finds no address of nobody.example.com"),
        ({"records": [{**CHAT, "name": "alias"}]}, "alias.example.com is an alias (CNAME) of www.example.com; remove it"),
        (
            {"records": [{**CHAT, "name": "chat.below.example.com"}]},
            "is not in charge of the name; it points to the servers of below.example.com",
        ),
        ({"records": [{**CHAT, "name": "x.wild.example.com", "values": []}]}, "a wildcard answers for x.wild.example.com with A"),
    ],
)
def test_what_cannot_be_is_said_in_clear_words_and_changes_nothing(standing, options, words):
    if options.get("key_secret"):
        options = {"key_secret": standing.wrong_secret}
    before = standing.zone()
    for check in (True, False):
        said = standing.call(check=check, **options)
        assert said.get("failed") and words in said["msg"] and not said.get("changed")
    assert standing.zone() == before


def test_a_key_that_may_not_change_it(provider):
    said = provider.call(key_name="guest-key", key_secret=provider.secrets["guest-key"])
    assert (
        "key_name: ns1.example.com (192.0.2.53) says REFUSED: the key guest-key may not change A chat.example.com" in said["msg"]
    )
    assert "name the primary when this server is a secondary" in provider.call(server=provider.secondary)["msg"]
    assert not provider.dig("chat.example.com", "A")


def test_a_name_under_a_wildcard_becomes_a_name_of_its_own(provider):
    records = [{**CHAT, "name": "x.wild.example.com"}, {**CHAT, "name": "x.wildalias.example.com"}]
    assert provider.call(records=records)["changed"]
    assert provider.dig("x.wild.example.com", "A") == provider.dig("x.wildalias.example.com", "A") == CHAT["values"]
    assert provider.dig("y.wild.example.com", "A") == ["198.51.100.81"]
    # it may say by itself just what the wildcard says, too
    assert provider.call(records=[{**CHAT, "name": "z.wild.example.com"}])["changed"]
    same = [{**CHAT, "name": "z.wild.example.com", "values": ["198.51.100.81"]}]
    assert provider.call(records=same)["changed"] and not provider.call(records=same)["changed"]
    assert provider.call(records=[{**CHAT, "name": "z.wild.example.com"}])["changed"]
    assert provider.dig("z.wild.example.com", "A", provider.secondary) == CHAT["values"]


def test_a_silent_secondary_is_named_and_the_next_run_finds_it_well(provider):
    provider.pause("secondary")
    said = provider.call(records=[CHAT], wait=1)
    provider.go_on("secondary")
    assert said["failed"] and said["changed"]
    assert (
        "chat.example.com A should be 203.0.113.10: ns1.example.com (192.0.2.53) says 203.0.113.10; ns2.example.com"
        in said["msg"]
    )
    assert "ns2.example.com (192.0.2.54) does not answer" in said["msg"]
    again = provider.call(records=[CHAT])
    assert again["published"] and not again["changed"]


def test_a_secondary_that_comes_late_is_waited_for(provider):
    provider.pause("secondary")
    threading.Timer(8, provider.go_on, ["secondary"]).start()  # longer than one question is repeated
    done = provider.call(records=[CHAT], wait=30)
    assert done["published"] and provider.dig("chat.example.com", "A", provider.secondary) == CHAT["values"]


def test_servers_that_disagree_are_told_with_what_each_says(provider):
    provider.call(records=[CHAT])
    provider.deaf()
    said = provider.call(records=[MOVED], wait=2)
    assert (
        "ns1.example.com (192.0.2.53) says 203.0.113.11, 203.0.113.12; ns2.example.com (192.0.2.54) says 203.0.113.10"
        in said["msg"]
    )
    assert "wait: after 2 s" in said["msg"] and "Only the primary has the records" in said["msg"]
    told = provider.call(records=[MOVED], wait=0)
    assert not told["published"] and not told["changed"] and "says 203.0.113.10" in told["missing"][0]["said"]
    assert provider.call(records=[MOVED], wait=2, authoritative=[provider.primary])["published"]


def test_changes_by_tcp_that_do_not_come_through(provider):
    rule = "add table t; add chain t c { type filter hook output priority 0; }; add rule t c tcp dport 53 reject with tcp reset"
    assert provider.run("nft", rule).returncode == 0
    assert "answers questions by UDP, but for changes by TCP it does not answer" in provider.call(records=[CHAT])["msg"]


def test_a_change_whose_answer_is_lost_is_found_to_be_made(provider):
    answers = f"ip saddr {provider.primary} ip daddr {provider.primary} tcp sport 53 tcp flags & psh == psh drop"
    rule = f"add table t; add chain t c {{ type filter hook output priority 0; }}; add rule t c {answers}"
    assert provider.run("nft", rule).returncode == 0
    serial = provider.serial()
    done = provider.call(records=[CHAT])
    assert done["changed"] and done["published"]
    assert done["diff"]["after"] == "chat.example.com. 300 IN A 203.0.113.10\n"
    assert provider.serial() == serial + 1


def test_two_at_once_both_end_well(provider):
    running = [provider.popen(*provider.calling(), stdin=-1, stdout=-1, stderr=-1) for _each in range(4)]
    for process in running:
        process.stdin.write(provider.order())
        process.stdin.close()
    said = [process.stdout.read() for process in running]
    assert all('"published": true' in one for one in said), said
    assert sum('"changed": true' in one for one in said) == 1


def test_killed_at_any_moment_the_zone_is_old_or_new(provider):
    """SIGKILL at random moments of a run that moves two sets of records at once."""
    states = [
        [{**CHAT, "values": [f"203.0.113.{number}"]}, {**CHAT, "name": "relay", "values": [f"203.0.113.{number}"]}]
        for number in (10, 20)
    ]
    provider.call(records=states[0])
    begun = time.monotonic()
    provider.call(records=states[0])
    whole = time.monotonic() - begun
    hits, chance = 0, random.Random(4)
    for turn in range(1, 11):
        process = provider.popen(*provider.calling(), stdin=-1, stdout=-1, stderr=-1)
        process.stdin.write(provider.order(records=states[turn % 2]))
        process.stdin.close()
        time.sleep(chance.uniform(0.3, 1.3) * whole)
        hits += process.poll() is None
        process.kill()
        process.wait()
        pair = provider.dig("chat.example.com", "A"), provider.dig("relay.example.com", "A")
        assert pair[0] == pair[1] and len(pair[0]) == 1, pair
        assert provider.call(records=states[turn % 2])["published"]
    assert hits >= 3, "too few of the kills hit a run"


def test_without_a_key_it_says_what_is_missing_and_where(provider):
    keyless = {"key_name": None, "key_secret": None, "server": None}
    seen = provider.call(check=True, records=[CHAT], **keyless)
    assert not seen["published"] and seen["missing"][0]["values"] == CHAT["values"]
    assert seen["authoritative"] == ["ns1.example.com (192.0.2.53)", "ns2.example.com (192.0.2.54)"]
    assert provider.call(records=[CHAT], **keyless)["msg"].startswith("key_name: a key is needed to change example.com")
    provider.call(records=[CHAT])
    seen = provider.call(check=True, records=[{**CHAT, "ttl": 60}], **keyless)
    assert seen["published"] and not seen["changed"] and not seen["missing"]
    provider.pause("secondary")
    assert (
        "ns2.example.com (192.0.2.54) does not answer"
        in provider.call(check=True, records=[CHAT], **keyless)["missing"][0]["said"]
    )
    provider.stop("primary")
    silent = provider.call(check=True, records=[CHAT], **keyless)
    assert "no name servers of example.com are to be found from this host" in silent["missing"][0]["said"]
