"""Two people, two browsers: sound and picture both ways, and what a person does in a call."""

from __future__ import annotations

import time

import pytest

from .conftest import ADDRESS

SECONDS = 3
#: Opus sends 50 packets a second; the lab's machine is busy.
SOUND = 25 * SECONDS
FRAMES = 3 * SECONDS


def connect(one, other, video: bool = False, camera: bool = True):
    one.call(ADDRESS["bob"], video)
    other.answer(video and camera)
    return one.phase("connected"), other.phase("connected")


def heard(stats) -> bool:
    return stats["received"]["audio"]["packets"] >= SOUND and stats["received"]["audio"]["energy"] > 0.01


def test_sound_both_ways(alice, bob):
    cards = connect(alice, bob)
    for desk in (alice, bob):
        stats = desk.stats(SECONDS)
        assert heard(stats), stats
        assert stats["sent"]["audio"]["packets"] >= SOUND
        assert stats["sent"]["video"]["packets"] == stats["received"]["video"]["packets"] == 0
        assert {stats["pair"][end]["type"] for end in ("local", "remote")} <= {"host", "prflx"}
        assert stats["pair"]["local"]["protocol"] == "udp"
    assert [card["text"].splitlines()[:2] for card in cards] == [["Bob", "direct"], ["Alice", "direct"]]
    assert cards[0]["buttons"] == ["mute", "hang-up"]
    alice.press("hang-up")
    for desk in (alice, bob):
        assert "The call has ended" in desk.phase("ended")["text"]
        assert set(desk.connections()) == {"closed"}


def test_picture_both_ways(alice, bob, picture):
    connect(alice, bob, video=True)
    for desk in (alice, bob):
        stats = desk.stats(SECONDS)
        assert heard(stats)
        assert stats["received"]["video"]["frames"] >= FRAMES, stats
        assert desk.run("return document.querySelector('video.onprem-call-remote').videoWidth") > 0
    picture(alice, "1-video")
    bob.press("hang-up")
    alice.phase("ended")


def test_who_is_called_with_picture_may_answer_without(alice, bob):
    card = connect(alice, bob, video=True, camera=False)[1]
    assert "camera" in card["buttons"]
    stats = bob.stats(SECONDS)
    assert stats["received"]["video"]["frames"] >= FRAMES
    assert stats["sent"]["video"]["packets"] == 0
    assert heard(stats)
    bob.press("camera")
    alice.until_frames(FRAMES)


def test_a_microphone_that_is_off_sends_nothing(alice, bob):
    connect(alice, bob)
    alice.press("mute")
    bob.words("Their microphone is off")
    stats = bob.stats(SECONDS)
    assert stats["received"]["audio"]["packets"] <= 5
    alice.press("mute")
    bob.unsaid("Their microphone")
    assert heard(bob.stats(SECONDS))


def test_a_camera_that_is_off_sends_nothing(alice, bob):
    connect(alice, bob, video=True)
    alice.until_frames(1)
    alice.press("camera")
    alice.words("Camera on")
    bob.stats(1)
    assert bob.stats(SECONDS)["received"]["video"]["frames"] == 0
    assert alice.run("return document.querySelector('video.onprem-call-local').hidden")
    assert heard(bob.stats(SECONDS))
    alice.press("camera")
    bob.until_frames(FRAMES)


def test_no_is_an_answer(alice, bob):
    alice.call(ADDRESS["bob"])
    bob.phase("incoming")
    bob.press("decline")
    assert "Bob declined" in alice.phase("ended")["text"]
    assert "Declined" in bob.phase("ended")["text"]


def test_who_hangs_up_before_leaves_word(alice, bob):
    alice.call(ADDRESS["bob"])
    bob.phase("incoming")
    alice.words("It rings")
    alice.press("hang-up")
    assert "You missed a call" in bob.phase("ended")["text"]
    bob.press("close")
    bob.chat(ADDRESS["alice"])
    bob.hears("I tried to call you.")
    alice.hears("I tried to call you.")
    assert all(alice.texts()), "signals of calls are no messages"
    assert all(bob.texts())


def test_both_at_once_is_one_call(alice, bob):
    alice.chat(ADDRESS["bob"])
    bob.chat(ADDRESS["alice"])
    moment = time.time() * 1000 + 3000
    for desk in (alice, bob):
        desk.run(f"setTimeout(() => document.querySelector('.onprem-start-call').click(), {moment} - Date.now())")
    for desk in (alice, bob):
        desk.phase("connected")
        assert heard(desk.stats(SECONDS))
    alice.press("hang-up")
    bob.phase("ended")


def test_to_call_who_calls_is_to_answer(alice, bob):
    bob.chat(ADDRESS["alice"])
    alice.call(ADDRESS["bob"])
    bob.phase("incoming")
    bob.press_call()
    bob.phase("connected")
    assert heard(bob.stats(SECONDS))
    alice.phase("connected")
    alice.press("hang-up")
    bob.phase("ended")


def test_by_the_keyboard_alone(alice, bob):
    """Who begins a call goes on at its card; who is called writes on undisturbed."""
    alice.chat(ADDRESS["bob"])
    bob.chat(ADDRESS["alice"])
    bob.click("converse-chat textarea.chat-textarea")
    bob.keys("half a ")
    alice.run("document.querySelector('.onprem-start-call').focus()")
    alice.keys("ENTER")
    assert "onprem-call-hang-up" in alice.focus()
    bob.phase("incoming")
    bob.keys("sentence")
    assert bob.run("return document.activeElement.value") == "half a sentence"
    bob.run("document.activeElement.value = ''")
    bob.run("document.querySelector('.onprem-call-answer').focus()")
    bob.keys("ENTER")
    alice.phase("connected")
    assert "onprem-call-hang-up" in alice.focus()
    alice.keys("ENTER")
    bob.phase("ended")


@pytest.mark.parametrize("leave", ["close_page", "reload"])
def test_a_page_that_is_closed_hangs_up(telephones, alice, leave):
    bob = telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.answer()
        alice.phase("connected")
        bob.order(leave)
        assert "The call has ended" in alice.phase("ended", 5)["text"]
    finally:
        telephones.away(bob)
