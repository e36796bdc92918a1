"""The gates are what their kinds say, as two servers outside see it: else no call through them would prove anything."""

from __future__ import annotations

import pytest

from .gates import KINDS, NAME_SERVER, OFFICES, PROVIDER, Office, reflected, reflectors

#: One socket asks both servers, one of them at two ports.
EVERYWHERE = [f"{PROVIDER}:3478", f"{PROVIDER}:3479", f"{NAME_SERVER}:3478"]
DOORS = [f"{NAME_SERVER}:{port}" for port in (80, 443, 3478)]
#: Kind: how many mappings one socket gets for three destinations, and which doors are open.
MEANINGS = dict(zip(KINDS, [(1, DOORS), (3, DOORS), (0, DOORS), (0, DOORS[:2])], strict=True))


@pytest.fixture(scope="module", autouse=True)
def servers():
    with reflectors():
        yield
    for office in OFFICES:
        office.becomes(KINDS[0])


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.gate)
@pytest.mark.parametrize("kind", KINDS)
def test_a_gate_is_what_its_kind_says(kind: str, office: Office) -> None:
    mappings, doors = MEANINGS[kind]
    office.becomes(kind)
    seen = reflected(office.desk, "ask", *EVERYWHERE)
    answers = [mapping for mapping in seen.values() if mapping]
    assert len(answers) == (3 if mappings else 0)
    assert len(set(answers)) == mappings
    assert all(mapping.startswith(f"{office.public}:") for mapping in answers)
    assert reflected(office.desk, "connect", *DOORS) == doors


@pytest.mark.parametrize("kind", KINDS[:2])
def test_a_gate_lets_in_only_answers_of_who_was_asked(kind: str) -> None:
    office = OFFICES[0]
    office.becomes(kind)
    asked = [f"{PROVIDER}:3478/{change}" for change in (0, 1, 2, 3)]
    assert all(reflected("inet", "ask", *asked).values())  # all of them do answer
    assert [place for place, mapping in reflected(office.desk, "ask", *asked).items() if mapping] == asked[:1]


def test_a_gate_counts_what_goes_through_both_ways() -> None:
    office = OFFICES[1]
    office.becomes(KINDS[0])
    reflected(office.desk, "ask", *EVERYWHERE[:2])
    rows = {(flow.way, flow.protocol, f"{flow.address}:{flow.port}"): flow.packets for flow in office.flows()}
    assert rows == {(way, "udp", place): 1 for way in ("out", "in") for place in EVERYWHERE[:2]}


def test_a_gate_is_still_of_its_kind_after_a_reboot(reboot) -> None:
    office = OFFICES[0]
    office.becomes(KINDS[2])
    reboot(office.gate)
    assert not any(reflected(office.desk, "ask", EVERYWHERE[0]).values())
    assert reflected(office.desk, "connect", *DOORS) == DOORS
