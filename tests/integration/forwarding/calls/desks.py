"""Desks that call each other: a thread in each one's network namespace, with an ICE agent for every call (RFC 8445)."""

from __future__ import annotations

import asyncio
import base64
import ctypes
import hashlib
import hmac
import os
import ssl
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aioice import Connection, stun, turn

#: Checks are sent again after 0.5, 1 and 2 s; what has not got through by then never will.
stun.RETRY_MAX = 3
_NEWNET = 0x40000000
#: An answer takes milliseconds, but on a machine that is busy.
_PATIENCE = 5
#: One end may have got through, and waits in vain for the word of the other.
_MEETING = 15
_WORDS = 5


@dataclass(frozen=True)
class Offer:
    """A way to the relay, as clients are told of it."""

    transport: str
    port: int


@dataclass
class Desk:
    """One place; ``relay`` is the address that the relay's name has there, empty when there is none."""

    name: str
    relay: str
    secret: str
    trust: str
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    offer: Offer | None = None

    def start(self) -> None:
        """Begin to work, in a thread of its own: a namespace belongs to the thread that entered it."""
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        descriptor = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEWNET):
            os._exit(70)  # in a wrong network every result would be a lie
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def do(self, what: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Start something in this desk's network."""
        return asyncio.run_coroutine_threadsafe(what, self.loop)

    def _turn(self, offer: Offer) -> dict[str, Any]:
        """Return how an agent is told to use the relay; the name and password are good for an hour."""
        user = f"{int(time.time()) + 3600}:{self.name}"
        digest = hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()
        context: Any = False
        if offer.transport == "tls":
            context = ssl.create_default_context(cafile=self.trust)
            context.check_hostname = False  # the agent is given an address
        return {
            "username": user,
            "password": base64.b64encode(digest).decode(),
            "ssl": context,
            "transport": "udp" if offer.transport == "udp" else "tcp",
        }

    async def choose(self, offers: list[Offer]) -> None:
        """Take the first of the relay's ways on which it gives an address, as a browser prefers them."""
        for offer in offers:
            allocate = turn.create_turn_endpoint(asyncio.DatagramProtocol, (self.relay, offer.port), **self._turn(offer))
            try:
                transport, _protocol = await asyncio.wait_for(allocate, _PATIENCE)
            except (OSError, ssl.SSLError, asyncio.TimeoutError, stun.TransactionError):
                continue
            transport.close()
            self.offer = offer
            return

    def agent(self, calls: bool, by_relay: bool) -> Connection:
        """Return an ICE agent of one call; without ``by_relay`` the relay only says how the desk is seen."""
        given: dict[str, Any] = {"use_ipv6": False}
        if self.relay:
            given["stun_server"] = (self.relay, 3478)
        if by_relay and self.offer:
            how = self._turn(self.offer)
            given["turn_server"] = (self.relay, self.offer.port)
            given |= {f"turn_{key}": value for key, value in how.items()}
        return Connection(ice_controlling=calls, **given)


async def _gathered(agent: Connection) -> tuple[list[Any], str, str]:
    await agent.gather_candidates()
    return agent.local_candidates, agent.local_username, agent.local_password


async def _met(agent: Connection, told: tuple[list[Any], str, str]) -> bool:
    candidates, agent.remote_username, agent.remote_password = told
    for one in (*candidates, None):
        await agent.add_remote_candidate(one)
    try:
        await asyncio.wait_for(agent.connect(), _MEETING)
    except (ConnectionError, asyncio.TimeoutError):
        return False
    return True


async def _talked(agent: Connection, mine: bytes) -> set[bytes]:
    """Say something every now and then, and return what was heard."""
    heard = set()
    for _number in range(_WORDS):
        await agent.send(mine)
        try:
            heard.add(await asyncio.wait_for(agent.recv(), 2))
        except (asyncio.TimeoutError, ConnectionError):
            continue
    return heard


def call(first: Desk, second: Desk, by_relay: bool) -> bool:
    """Whether both hear each other."""
    ends = [(first, first.agent(True, by_relay), b"first"), (second, second.agent(False, by_relay), b"second")]
    told = [one.result() for one in [desk.do(_gathered(agent)) for desk, agent, _words in ends]]
    met = [one.result() for one in [ends[at][0].do(_met(ends[at][1], told[1 - at])) for at in (0, 1)]]
    heard = (
        [one.result() for one in [desk.do(_talked(agent, words)) for desk, agent, words in ends]] if all(met) else [set(), set()]
    )
    for desk, agent, _words in ends:
        desk.do(agent.close()).result()
    return heard == [{b"second"}, {b"first"}]


def trusted(root: Path) -> str:
    """Return the file with the relay's certificate."""
    return str(root / "run/relay.pem")
