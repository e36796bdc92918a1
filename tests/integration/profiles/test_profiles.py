"""Every row of the profile table does in a real network what its page says, and nothing beside it.

All questions of a seat are asked at once, and each case looks at its own.
"""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.profiles import PROFILES

from .conftest import HOSTS, SEATS, SITE, Question, ask
from .flows import CASES, Case

PROFILE = {row["name"]: row["profile"] for row in SITE["site_services"]}


def test_every_row_of_the_table_is_tried() -> None:
    assert {PROFILE[case.service] for case in CASES} == set(PROFILES)
    assert [case.service for case in CASES] == [row["name"] for row in SITE["site_services"]]
    for case in CASES:
        assert (case.inward or case.outward) and (case.shut or case.kept), case.service


def inward(case: Case, rows: tuple[tuple[str, str, int], ...]) -> list[Question]:
    return [(asker, protocol, case.public, port) for asker, protocol, port in rows]


def outward(case: Case, rows: tuple[tuple[str, str, int], ...]) -> list[Question]:
    return [(HOSTS[case.service], protocol, to, port) for to, protocol, port in rows]


def controls(case: Case) -> dict[str, list[Question]]:
    """Somebody answers what must not come through: asked by the host itself, and by the router, whom nobody keeps in."""
    host = HOSTS[case.service]
    router = {"remote": "203.0.113.10", "stranger": "203.0.113.10"}
    shut = [(host, protocol, host, port) for _asker, protocol, port in case.shut]
    return {"gateway": shut, "router": [(router[SEATS[to]], protocol, to, port) for to, protocol, port in case.kept]}


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, Question], list[str] | None]:
    """Everything that any case asks, one run a seat."""
    asked: dict[str, dict[Question, None]] = {}
    for case in CASES:
        for question in (*inward(case, case.inward), *inward(case, case.shut)):
            asked.setdefault(SEATS[question[0]], {})[question] = None
        for question in (*outward(case, case.outward), *outward(case, case.kept)):
            asked.setdefault("gateway", {})[question] = None
        for seat, questions in controls(case).items():
            asked.setdefault(seat, {}).update(dict.fromkeys(questions))
    return {(seat, question): said for seat, rows in asked.items() for question, said in zip(rows, ask(seat, list(rows)))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.service)
def test_what_is_documented_passes(case: Case, answers) -> None:
    for question in inward(case, case.inward):
        assert answers[SEATS[question[0]], question] == [HOSTS[case.service], question[0]], question
    for question in outward(case, case.outward):
        assert answers["gateway", question] == [question[2], case.leaves], question


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.service)
def test_nothing_passes_beside_it(case: Case, answers) -> None:
    for seat, questions in controls(case).items():
        for question in questions:
            assert answers[seat, question] is not None, f"nobody answers {question}, so that nothing is shown"
    for question in inward(case, case.shut):
        assert answers[SEATS[question[0]], question] is None, question
    for question in outward(case, case.kept):
        assert answers["gateway", question] is None, question
