"""Two people call each other through the web client: how they come together is what the plan says, and their gates saw it.

Every call has sound and picture; bytes of RTP are counted at both ends, and packets on their way through both gates.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import pytest

from .conftest import LAN
from .gates import KINDS, OFFICES, Flow
from .people import MEDIA, End, Person, talk

RELAY = "203.0.113.11"
PAIRS = list(combinations_with_replacement(KINDS, 2))
#: Where the packets go of who has the relay send for him. By UDP also the other's address at the relay, which is none of these.
DOORS = {"udp": ("udp", 3478), "tcp": ("tcp", 3478), "tls": ("tcp", 443)}


def heard_each_other(ends: tuple[End, End]) -> None:
    """Sound and picture came through both ways, little of it lost; the second end was watched a little longer than the first."""
    first, second = ends
    assert min(end.frames for end in ends) > 0
    for kind in MEDIA:
        assert second.received[kind] > 0.7 * first.sent[kind] > 1000
        assert second.sent[kind] > 0.9 * first.received[kind] > 1000


def way(ends: tuple[End, End]) -> dict:
    """How two ends came together: to whom the relay does not lend an address, speaks to it by UDP."""
    relays = tuple(end.relay for end in ends)
    if not any(relays):
        return {"way": "direct", "transports": ("", "")}
    return {"way": "relay", "transports": tuple(relay or "udp" for relay in relays)}


def most(flows: list[Flow], direction: str) -> Flow:
    """Where nearly everything went to, or came from."""
    rows = sorted((flow for flow in flows if flow.way == direction), key=lambda flow: flow.bytes)
    assert rows[-1].bytes > 0.9 * sum(flow.bytes for flow in rows), rows
    return rows[-1]


def passed(end: End, peer: str) -> None:
    """The gate saw the call's packets both ways, to nobody but where the browser says that it sends."""
    for direction, counted in (("out", end.sent), ("in", end.received)):
        flow = most(end.flows, direction)
        assert flow.bytes > sum(counted.values())
        if end.relay:
            assert (flow.protocol, flow.port, flow.address) == (*DOORS[end.relay], RELAY)
        else:
            assert (flow.protocol, flow.port, flow.address) == ("udp", end.pair["remote"]["port"], peer)


@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
def test_a_call_between_two_offices_goes_as_the_plan_says(
    people: dict[str, Person], planned: dict, kinds: tuple[str, str]
) -> None:
    for office, kind in zip(OFFICES, kinds, strict=True):
        office.becomes(kind)
    ends = talk(*(people[office.desk] for office in OFFICES))
    heard_each_other(ends)
    assert way(ends) == planned[kinds]
    for end, other in zip(ends, OFFICES[::-1], strict=True):
        passed(end, RELAY if planned[kinds]["way"] == "relay" else other.public)


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_between_the_lan_and_an_office_goes_as_the_plan_says(people: dict[str, Person], planned: dict, kind: str) -> None:
    office = OFFICES[1]
    office.becomes(kind)
    ends = talk(people["desk1"], people[office.desk])
    heard_each_other(ends)
    assert way(ends) == planned[LAN, kind]
    passed(ends[1], RELAY)
