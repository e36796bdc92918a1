"""What the relay is for: addresses by every way, and data both ways between two people who cannot reach each other directly."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import WAYS

METRICS = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:9641/metrics').read().decode())"
SOFTWARE, RESPONSE_ORIGIN, OTHER_ADDRESS = 0x8022, 0x802B, 0x802C


def test_everybody_may_ask_for_the_own_address(relay, seats):
    """And is told nothing more: neither what the relay is, nor where else it listens."""
    for way in WAYS:
        answer = seats[0].binding(relay.by(way))
        assert answer["seen_as"]
        assert not {SOFTWARE, RESPONSE_ORIGIN, OTHER_ADDRESS} & set(answer["kinds"])


@pytest.mark.parametrize("way", WAYS)
def test_it_lends_an_address(relay, seats, way):
    answer = seats[0].allocate("mine", relay.by(way), *relay.credentials("alice"))
    seats[0].release("mine")
    assert answer["relayed"][0] == relay.relayed
    assert 49152 <= answer["relayed"][1] <= 65535
    assert answer["realm"] == relay.name
    assert SOFTWARE not in answer["kinds"]


@pytest.mark.parametrize(("one", "two"), list(itertools.product(WAYS, WAYS)))
def test_two_people_hear_each_other_through_it(lent, seats, one, two):
    """From relayed address to relayed address, with indications and with channels."""
    here, there = lent(0, one), lent(1, two)
    assert seats[0].permit("mine", there[0]) == 0
    assert seats[1].permit("mine", here[0]) == 0
    seats[0].send("mine", *there, "hello")
    assert seats[1].hear("mine") == [[here, "hello"]]
    seats[1].send("mine", *here, "well?")
    assert seats[0].hear("mine") == [[there, "well?"]]
    assert seats[0].bind("mine", *there) == 0
    assert seats[1].bind("mine", *here) == 0
    seats[0].say("mine", "by channel")
    assert [words for _channel, words in seats[1].hear("mine")] == ["by channel"]
    seats[1].say("mine", "back")
    assert [words for _channel, words in seats[0].hear("mine")] == ["back"]


def test_without_a_permission_nobody_is_heard(lent, seats):
    here, there = lent(0, "udp"), lent(1, "udp")
    assert seats[1].permit("mine", here[0]) == 0
    seats[1].send("mine", *here, "unasked")
    assert seats[0].hear("mine") == []
    assert seats[0].permit("mine", there[0]) == 0
    seats[1].send("mine", *here, "asked")
    assert seats[0].hear("mine") == [[there, "asked"]]


def test_a_reload_ends_no_call(relay, lent, seats):
    """As after a renewed certificate; by every way."""
    there = lent(1, "udp")
    for way in WAYS:
        here = lent(0, way, way)
        assert seats[0].permit(way, there[0]) == 0
        assert seats[1].permit("mine", here[0]) == 0
    run(relay.host, "systemctl", "reload", "coturn")
    for way in WAYS:
        seats[0].send(way, *there, way)
        assert [words for _peer, words in seats[1].hear("mine")] == [way]
        assert seats[0].refresh(way) == 0


def figures(relay):
    rows = (line.split() for line in run(relay.host, "python3", "-c", METRICS).splitlines() if not line.startswith("#"))
    return {words[0]: int(words[1]) for words in rows if words}


def quiet(relay):
    """The figures when nothing is lent: whoever left without a word is still lent an address for minutes."""
    run(relay.host, "systemctl", "restart", "coturn")
    before = figures(relay)
    assert before["turn_relay_allocations"] == 0
    return before


def test_its_figures_are_to_be_had_on_its_host_alone(relay, lent, seats):
    before = quiet(relay)
    assert before["turn_relay_fence_up"] == 1
    there = lent(1, "udp")
    assert seats[1].permit("mine", lent(0, "tcp")[0]) == 0
    assert seats[0].permit("mine", there[0]) == 0
    seats[0].send("mine", *there, "counted")
    assert seats[1].hear("mine")
    after = figures(relay)
    assert after["turn_relay_allocations"] == 2
    for name in ("sent", "received"):
        assert after[f"turn_relay_{name}_packets_total"] == before[f"turn_relay_{name}_packets_total"] + 1
    assert seats[0].opens(relay.address, 9641) != "open"
