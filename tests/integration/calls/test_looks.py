"""The card looked at: each phase, desk and phone, light and dark; with axe. The pictures are in tests/output/calls."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.onprem.chat.tests.integration.looks.axe import source, told

from .conftest import ADDRESS, PICTURES

VIEWS = {
    "desktop-light": (1280, 900, False, "light"),
    "desktop-dark": (1280, 900, False, "dark"),
    "phone-light": (390, 844, True, "light"),
    "phone-dark": (390, 844, True, "dark"),
}


@pytest.fixture(scope="module")
def people(telephones):
    alice, bob = telephones.of("alice"), telephones.of("bob", "--lang=de")
    yield alice, bob
    telephones.away(alice)
    telephones.away(bob)


def look(desk, name: str) -> list[str]:
    wrong, axe = [], source()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for view, how in VIEWS.items():
        desk.sit(*how)
        (PICTURES / f"{name}-{view}.png").write_bytes(base64.b64decode(desk.screen()))
        found = [f"outside the window: {one}" for one in desk.overflow()] + told(desk.audit(axe))
        wrong += [f"{name}-{view}: {one}" for one in found]
    desk.sit(1280, 900, False, "light")
    return wrong


def test_every_phase(people):
    alice, bob = people
    alice.chat(ADDRESS["bob"])
    wrong = look(alice, "conversation")
    alice.press_call(True)
    bob.phase("incoming")
    wrong += look(alice, "calling") + look(bob, "incoming")
    bob.press("answer-video")
    alice.phase("connected")
    bob.phase("connected")
    wrong += look(alice, "video") + look(bob, "video-de")
    alice.press("mute")
    alice.press("camera")
    bob.words("Mikrofon dort ist aus")
    wrong += look(alice, "all-off") + look(bob, "dark-picture")
    alice.press("hang-up")
    bob.phase("ended")
    bob.chat(ADDRESS["alice"])
    bob.press_call()
    alice.answer()
    bob.phase("connected")
    wrong += look(bob, "sound")
    bob.press("hang-up")
    wrong += look(alice, "ended")
    assert wrong == []


def test_nothing_outside_was_asked_for_and_nobody_complained(people):
    for desk in people:
        hosts = {url.split("/")[2] for url in desk.requested() if url.startswith(("http", "ws"))}
        assert hosts == {ADDRESS["bob"].split("@")[1]}
        assert [line for line in desk.console() if line.startswith("SEVERE")] == []
