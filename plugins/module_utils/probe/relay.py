"""Asks a relay (TURN, RFC 8656) for an address, with aioice (0.8 and later)."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import socket
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from ..verify import classify
from ..verify.intent import Relay
from ..verify.ladder import Observation
from . import transport

#: The relay has no credentials of ours and says so: it is there (RFC 8489, 9.2).
_UNAUTHORISED = 401
_LIFETIME = 60


@dataclass(frozen=True)
class Offer:
    """A relay with credentials, as a chat server gives it out (XEP-0215)."""

    host: str
    port: int
    transport: str
    user: str
    password: str


def credentials(offers: Sequence[Offer], wanted: Relay) -> tuple[str, str]:
    """User and password for the relay: of the very port and transport, or else of the same host; empty when there are none.

    A relay may be offered by another name than the one that it has here, so it is the same when that leads to its address.
    """
    given = [one for one in offers if one.user and one.password]
    same = [one for one in given if one.host.lower() in (wanted.name, wanted.address)]
    same = same or [one for one in given if wanted.address in _addresses(one.host)]
    exact = [one for one in same if one.port == wanted.port and one.transport == wanted.transport]
    return next(((one.user, one.password) for one in (*exact, *same)), ("", ""))


def _addresses(host: str) -> set[str]:
    try:
        return {str(row[4][0]) for row in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def misled(offers: Sequence[Offer], wanted: Relay) -> Observation | None:
    """What is wrong when the name by which the relay is offered does not lead this host to it."""
    if wanted.name not in (one.host.lower() for one in offers):
        return None
    found = _addresses(wanted.name)
    if wanted.address in found:
        return None
    return Observation(f"{wanted.name} is {', '.join(sorted(found)) or 'no name'} here", "relay-name")


def lends(wanted: Relay, credential: tuple[str, str], timeout: float) -> Observation:
    """Whether the relay lends an address; without credentials, whether it answers and asks for them."""
    turn = importlib.import_module("aioice.turn")
    stun = importlib.import_module("aioice.stun")
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(_ask(turn, stun, wanted, credential), timeout))
    except (asyncio.TimeoutError, TimeoutError):
        return Observation("no answer in time", "relay-silent")
    except ssl.SSLError as error:
        return Observation(classify.words(error), classify.handshake(error))
    except OSError as error:
        return Observation(classify.words(error), "relay-closed")
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        loop.close()


async def _ask(turn: Any, stun: Any, wanted: Relay, credential: tuple[str, str]) -> Observation:
    refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    session = await _connected(turn, wanted, credential, refused)
    try:
        address = await _first(session.connect(), refused)
    except stun.TransactionFailed as error:
        session.transport.close()
        code, words = error.response.attributes["ERROR-CODE"]
        if code == _UNAUTHORISED and not any(credential):
            return Observation("it answers and asks for credentials")
        return Observation(f"{code} {words}", "relay-refused")
    except stun.TransactionTimeout:
        return Observation("no answer in time", "relay-silent")
    await session.delete()
    return Observation(f"lent {address[0]}:{address[1]}", "", {"relayed": address[0]})


async def _first(work: Awaitable[Any], refused: asyncio.Future[None]) -> Any:
    """What the work brings, unless the relay's host says before that nobody is there (ICMP), which aioice passes over."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task, refused}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        refused.result()
    return await task


async def _connected(turn: Any, wanted: Relay, credential: tuple[str, str], refused: asyncio.Future[None]) -> Any:
    user, password = credential
    settings = {"username": user or None, "password": password or None, "lifetime": _LIFETIME, "channel_refresh_time": _LIFETIME}
    there = (wanted.address, wanted.port)
    loop = asyncio.get_running_loop()
    if wanted.transport == "udp":
        session = turn.TurnClientUdpProtocol(there, **settings)
        session.error_received = lambda error: None if refused.done() else refused.set_exception(error)
        await loop.create_datagram_endpoint(lambda: session, remote_addr=there)
        return session
    secured: dict[str, Any] = {}
    if wanted.transport == "tls":
        secured = {"ssl": transport.trust(), "server_hostname": wanted.name}
    stream = await loop.create_connection(lambda: turn.TurnClientTcpProtocol(there, **settings), *there, **secured)
    return stream[1]
