"""Through the relay that the chat server tells of: by each transport, with the credentials that it gives (XEP-0215)."""

from __future__ import annotations

import pytest
from ansible_collections.onprem.chat.tests.integration.verify.test_relay import offered, relay  # noqa: F401

from .conftest import ADDRESS, run

SECONDS = 3


@pytest.fixture(scope="module")
def relayed(request):
    """The site's relay; one that is brought for the test where the site has none."""
    if "mod_stun_disco" not in run("chat", "cat", "/etc/ejabberd/ejabberd.yml"):
        request.getfixturevalue("offered")


@pytest.mark.usefixtures("relayed")
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_sound_and_picture_through_the_relay(telephones, transport):
    alice = telephones.of("alice", "--relay-only", f"--transport={transport}")
    bob = telephones.of("bob", "--relay-only", f"--transport={transport}")
    try:
        alice.call(ADDRESS["bob"], True)
        bob.answer(True)
        assert "through the relay" in alice.phase("connected")["text"]
        for desk in (alice, bob):
            stats = desk.stats(SECONDS)
            assert stats["received"]["audio"]["packets"] > 25 * SECONDS, stats
            assert stats["received"]["video"]["frames"] > 3 * SECONDS
            ours = stats["pair"]["local"]
            assert (ours["type"], ours["relay_protocol"]) == ("relay", transport), stats
            assert stats["pair"]["remote"]["type"] in ("relay", "prflx")
        alice.press("hang-up")
        bob.phase("ended")
    finally:
        telephones.away(alice)
        telephones.away(bob)


@pytest.mark.usefixtures("relayed")
def test_who_can_talk_directly_does(telephones):
    alice, bob = telephones.of("alice"), telephones.of("bob")
    try:
        alice.call(ADDRESS["bob"])
        bob.answer()
        assert "direct" in alice.phase("connected")["text"]
        assert alice.stats()["offered"], "the browser was told of relays all the same"
    finally:
        telephones.away(alice)
        telephones.away(bob)
