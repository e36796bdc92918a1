"""Calls that do not come about, people with several browsers, and lines that break."""

from __future__ import annotations

import pytest

from .conftest import ADDRESS, SEATS, run

CUT = "nft 'table inet fault { chain input { type filter hook input priority 0; udp dport 1024-65535 drop; }; }'"
MENDED = "nft delete table inet fault"


def test_who_is_not_there_finds_it_later(telephones, alice):
    """Alone in this file without the browser of Bob that the others share."""
    before = len(alice.texts())
    alice.call(ADDRESS["bob"])
    assert "Bob is not online" in alice.phase("ended", 15)["text"]
    assert alice.texts()[-1] == "I tried to call you." or len(alice.texts()) > before
    bob = telephones.of("bob")
    try:
        bob.chat(ADDRESS["alice"])
        bob.hears("I tried to call you.")
        with pytest.raises(AssertionError, match="waited 2 s"):
            bob.phase("incoming", 2)
    finally:
        telephones.away(bob)


def test_all_browsers_ring_and_one_answers(telephones, alice, bob):
    other = telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.phase("incoming")
        other.answer()
        assert "Answered on another device" in bob.phase("ended")["text"]
        alice.phase("connected")
        assert other.stats(2)["received"]["audio"]["packets"] > 40
        alice.press("hang-up")
        other.phase("ended")
    finally:
        telephones.away(other)


def test_all_browsers_ring_and_one_declines(telephones, alice, bob):
    other = telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.phase("incoming")
        other.phase("incoming")
        other.press("decline")
        assert "Bob declined" in alice.phase("ended")["text"]
        bob.phase("ended")
    finally:
        telephones.away(other)


def test_who_talks_is_busy(telephones, alice, bob):
    other = telephones.of("alice")
    try:
        alice.call(ADDRESS["bob"])
        bob.answer()
        alice.phase("connected")
        other.call(ADDRESS["bob"])
        assert "Bob is in another call" in other.phase("ended")["text"]
        assert alice.card()["phase"] == bob.card()["phase"] == "connected"
    finally:
        telephones.away(other)


def test_a_person_who_says_no_to_the_microphone(telephones):
    alice = telephones.of("alice", "--no-microphone")
    bob = telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        assert "may not use the microphone" in alice.phase("ended")["text"]
        with pytest.raises(AssertionError, match="waited 2 s"):
            bob.phase("incoming", 2)
    finally:
        telephones.away(alice)
        telephones.away(bob)


def test_without_a_camera_there_is_sound(telephones):
    alice = telephones.of("alice", "--no-camera", "--lang=de")
    bob = telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"], True)
        bob.answer(True)
        assert "Keine Kamera: nur Ton" in alice.phase("connected")["text"]
        stats = alice.stats(3)
        assert stats["received"]["video"]["frames"] > 5
        assert stats["sent"]["video"]["packets"] == 0
        assert stats["sent"]["audio"]["packets"] > 60
    finally:
        telephones.away(alice)
        telephones.away(bob)


def test_no_way_to_each_other(telephones):
    alice, bob = telephones.of("alice", "--relay-only", "--transport=none"), telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.answer()
        assert "No way to Bob was found" in alice.phase("ended", 60)["text"]
        bob.phase("ended")
    finally:
        telephones.away(alice)
        telephones.away(bob)


def test_a_line_that_breaks(telephones):
    alice, bob = telephones.of("alice"), telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.answer()
        alice.phase("connected")
        run(SEATS["bob"], "sh", "-c", CUT)
        try:
            alice.words("The connection is interrupted")
            run(SEATS["bob"], "sh", "-c", MENDED)
            alice.words("direct")
            assert alice.stats(2)["received"]["audio"]["packets"] > 40
            run(SEATS["bob"], "sh", "-c", CUT)
            for desk in (alice, bob):
                assert "The connection is lost" in desk.phase("ended", 60)["text"]
        finally:
            run(SEATS["bob"], "sh", "-c", f"{MENDED} 2>/dev/null || true")
    finally:
        telephones.away(alice)
        telephones.away(bob)
