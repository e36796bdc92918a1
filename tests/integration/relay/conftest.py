"""The relay of a site in the lab, and people at two seats who have its credentials, or not.

    molecule converge -s airgap && ONPREM_LAB_NAME=molecule pytest tests/integration/relay

ONPREM_TEST_RELAY, a JSON of what follows in C(AIRGAP), says where it is on another site.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import time

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor, run

#: C(address) is how the seats reach it, C(own) what it has itself, C(relayed) what it offers; C(forbidden) are addresses of this
#: site that it must not lead to, beside those that are forbidden everywhere.
AIRGAP = {
    "host": "chat",
    "name": "chat.example.lan",
    "address": "192.168.1.30",
    "own": "192.168.1.30",
    "relayed": "192.168.1.30",
    "port": 3478,
    "tls_port": 5349,
    "user_quota": 32,
    "seats": ["desk1", "desk2"],
    "forbidden": ["192.168.1.1", "192.168.1.53", "192.168.1.54", "192.168.1.101", "192.168.1.255"],
}
SECRETS = "/etc/onprem-chat/turn-relay/secrets.conf"
WAYS = ("udp", "tcp", "tls")


class Relay:
    """Where it is, and credentials as the chat server makes them (draft-uberti-behave-turn-rest)."""

    def __init__(self, site: dict[str, object]) -> None:
        self.__dict__.update(site)
        settings = run(self.host, "cat", SECRETS)
        self.secret = next(line.partition("=")[2] for line in settings.splitlines() if line.startswith("static-auth-secret="))

    def by(self, way: str) -> dict[str, object]:
        port = self.tls_port if way == "tls" else self.port
        return {"address": self.address, "port": port, "transport": way, "name": self.name}

    def credentials(self, person: str, seconds: int = 600, secret: str = "") -> tuple[str, str]:
        user = f"{int(time.time()) + seconds}:{person}"
        made = hmac.digest((secret or self.secret).encode(), user.encode(), "sha1")
        return user, base64.b64encode(made).decode()

    def counted(self, counter: str) -> int:
        """Packets that the fence has counted."""
        listed = run(self.host, "nft", "--json", "list", "counter", "inet", "onprem_chat_relay", counter)
        return next(row["counter"]["packets"] for row in json.loads(listed)["nftables"] if "counter" in row)


@pytest.fixture(scope="session")
def relay() -> Relay:
    return Relay(json.loads(os.environ.get("ONPREM_TEST_RELAY", "{}")) or AIRGAP)


@pytest.fixture(scope="session")
def seats(relay):
    """A client of the relay at each of two seats."""
    with contextlib.ExitStack() as stack:
        people = []
        for host in relay.seats:
            make_visitor(host)
            people.append(Desk(host, "turner.py"))
            stack.callback(people[-1].close)
        yield people


@pytest.fixture(scope="session")
def neighbour(relay):
    """Another service on the relay's own host, that hears datagrams."""
    make_visitor(relay.host)
    desk = Desk(relay.host, "turner.py")
    yield desk
    desk.close()


@pytest.fixture
def lent(relay, seats):
    """Asks for a relayed address at a seat; all are given back: C(lent(seat, way))."""
    given = []

    def ask(at: int, way: str, name: str = "mine") -> list[object]:
        answer = seats[at].allocate(name, relay.by(way), *relay.credentials(f"{name}-{at}"))
        assert "relayed" in answer, answer
        given.append((at, name))
        return answer["relayed"]

    yield ask
    for at, name in given:
        with contextlib.suppress(AssertionError):
            seats[at].release(name)
