"""What the relay must not be used for: a way into its own host, the LAN, the router, or a cloud; in no words."""

from __future__ import annotations

import time

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import run

from .conftest import WAYS

FORBIDDEN = 403
EVERYWHERE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "169.254.1.1",
    "169.254.169.254",
    "224.0.0.251",
    "240.0.0.1",
    "255.255.255.255",
]
#: Loopback, link, metadata of clouds, own and group addresses; IPv4 in forms of IPv6: mapped, compatible, 6to4, Teredo, NAT64.
IPV6 = [
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:192.168.1.53",
    "::127.0.0.1",
    "2002:7f00:1::1",
    "2002:c0a8:135::1",
    "2001:0:c0a8:135:0:3f57:3f57:fefe",
    "64:ff9b::7f00:1",
    "64:ff9b::192.168.1.53",
    "2001:db8::1",
]
#: Refused outright, or as none of the family that it lends (RFC 8656, 9.2).
SIX_REFUSED = {403, 440, 443}


@pytest.mark.parametrize("way", WAYS)
def test_it_leads_nowhere_inside(relay, lent, seats, way):
    lent(0, way)
    targets = [*EVERYWHERE, *relay.forbidden]
    assert {target: seats[0].permit("mine", target) for target in targets} == dict.fromkeys(targets, FORBIDDEN)
    assert {target: seats[0].bind("mine", target, 53) for target in targets} == dict.fromkeys(targets, FORBIDDEN)


@pytest.mark.parametrize("way", WAYS)
def test_nor_in_words_of_ipv6(lent, seats, way):
    lent(0, way)
    for target in IPV6:
        assert seats[0].permit("mine", target) in SIX_REFUSED, target
        assert seats[0].bind("mine", target, 53) in SIX_REFUSED, target


@pytest.mark.parametrize("way", WAYS)
def test_it_lends_no_address_of_ipv6(relay, seats, way):
    answer = seats[0].allocate("six", relay.by(way), *relay.credentials("alice"), "", 17, 6)
    assert answer["refused"] == 440


def test_it_leads_where_it_may(lent, seats):
    """Else the tests above would pass on a relay that refuses everything."""
    there = lent(1, "udp")
    lent(0, "udp")
    assert seats[0].permit("mine", there[0]) == 0
    assert seats[0].permit("mine", "203.0.113.250") == 0


def test_the_services_beside_it_are_out_of_reach(relay, lent, seats, neighbour):
    """Its own address is a peer like any, for the other person is relayed there too; on other ports the kernel steps in."""
    port = neighbour.sit(relay.own, 5999)
    seats[1].sit("0.0.0.0")
    refused = relay.counted("refused")
    there = lent(1, "udp")
    for at, target in enumerate((port, relay.port)):
        lent(0, "udp", f"tries-{at}")
        assert seats[0].permit(f"tries-{at}", there[0]) == 0
        seats[0].send(f"tries-{at}", there[0], target, "let me in")
    assert neighbour.listen() is None
    assert relay.counted("refused") == refused + 2
    # and without the fence it is heard: so it was the fence
    run(relay.host, "nft", "delete", "table", "inet", "onprem_chat_relay")
    try:
        lent(0, "udp", "again")
        assert seats[0].permit("again", there[0]) == 0
        seats[0].send("again", there[0], port, "let me in")
        assert neighbour.listen()[2] == "let me in"
    finally:
        run(relay.host, "systemctl", "reload", "onprem-chat-relay-fence")


def test_the_fence_comes_back_when_somebody_empties_the_packet_filter(relay):
    """As a reload of Debian's own service does."""
    run(relay.host, "systemctl", "start", "nftables")
    try:
        assert relay.counted("refused") == 0
        run(relay.host, "systemctl", "reload", "nftables")
        assert relay.counted("refused") == 0
    finally:
        run(relay.host, "systemctl", "stop", "nftables")
    assert relay.counted("refused") == 0


def test_there_is_no_relay_without_its_fence(relay, seats):
    """Who stops the one stops the other; and the relay brings its fence with it."""
    run(relay.host, "systemctl", "stop", "onprem-chat-relay-fence")
    try:
        assert seats[0].opens(relay.address, relay.port) != "open"
    finally:
        run(relay.host, "systemctl", "start", "coturn")
    end = time.monotonic() + 20
    while seats[0].opens(relay.address, relay.port) != "open":
        assert time.monotonic() < end
        time.sleep(0.5)
    assert relay.counted("refused") == 0


@pytest.mark.parametrize("way", WAYS)
def test_credentials_have_to_be_right(relay, seats, way):
    user, password = relay.credentials("alice")
    tries = {
        "over": relay.credentials("alice", -5),
        "forged password": (user, "A" * 27 + "="),
        "another secret": relay.credentials("alice", secret="another-secret-0123456789"),
        "later than signed": (f"{int(user.split(':')[0]) + 1000}:alice", password),
        "without a time": ("alice", password),
        "of nobody": ("", ""),
    }
    codes = {what: seats[0].allocate("forged", relay.by(way), *one).get("refused") for what, one in tries.items()}
    assert codes == dict.fromkeys(tries, 401)
    realm = seats[0].allocate("forged", relay.by(way), user, password, "elsewhere.example.org")
    assert realm.get("refused") in {401, 437, 441}
    assert "relayed" in seats[0].allocate("right", relay.by(way), user, password)
    seats[0].release("right")


def test_one_person_cannot_take_all(relay, seats):
    """By whatever credentials; and somebody else still gets an address."""
    half = relay.user_quota // 2
    user, password = relay.credentials("greedy")
    for at in range(half):
        assert "relayed" in seats[0].allocate(f"first {at}", relay.by("udp"), user, password)
    codes = seats[0].crowd(relay.user_quota - half + 1, relay.by("udp"), *relay.credentials("greedy", 700))
    assert codes == [*[0] * (relay.user_quota - half), 486]
    assert "relayed" in seats[0].allocate("modest", relay.by("udp"), *relay.credentials("modest"))
    for name in ["modest", *(f"first {at}" for at in range(half))]:
        assert seats[0].release(name) == 0


@pytest.mark.parametrize("way", WAYS)
def test_it_relays_nothing_over_tcp(relay, lent, seats, way):
    answer = seats[0].allocate("stream", relay.by(way), *relay.credentials("alice"), "", 6)
    assert answer["refused"] == 442
    there = lent(1, "udp")
    lent(0, way)
    assert seats[0].connect("mine", there[0], 22)


def test_tls_is_not_older_than_1_2(relay, seats):
    """Debian's coturn speaks no newer one; whoever offers both gets it."""
    versions = ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")
    agreed = {one: seats[0].handshake(relay.address, relay.tls_port, relay.name, one) for one in versions}
    assert agreed["TLSv1_2"] == "TLSv1.2"
    assert "v1" not in agreed["TLSv1"] + agreed["TLSv1_1"] + agreed["TLSv1_3"]


def test_it_is_ruled_by_nobody_over_the_network(relay, seats):
    for port in (5766, 8080, relay.port + 1, relay.tls_port + 1):
        assert seats[0].opens(relay.address, port) != "open", port


def test_its_log_and_its_command_line_hold_no_secret(relay):
    for text in (run(relay.host, "journalctl", "-u", "coturn", "-o", "cat"), run(relay.host, "ps", "-eo", "args")):
        assert text
        assert relay.secret not in text
