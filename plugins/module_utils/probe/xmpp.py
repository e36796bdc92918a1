"""Logs in to an XMPP server with slixmpp (1.8 and later), writes, receives and looks into the history.

TLS is verified against what the host trusts, by name; nothing is ever sent in the clear.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import secrets
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from ..verify import classify
from ..verify.ladder import Observation
from . import errands, relay, transport, web

_EVENTS = {
    "session_start": "",
    "failed_all_auth": "login-refused",
    "connection_failed": "login-silent",
    "ssl_invalid_chain": "tls-unknown",
    "disconnected": "login-lost",
}
#: More than a nearly full disk has left, and more than one packet.
FILE = 256 * 1024


class Talk:
    """Two sessions on one event loop; close it whatever happens."""

    def __init__(self, name: str, timeout: float) -> None:
        logging.disable(logging.CRITICAL)
        self.library = importlib.import_module("slixmpp")
        without_binding()
        self.name = name
        self.timeout = timeout
        self.clients: dict[str, Any] = {}
        self.present: list[str] = []
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)

    def login(self, key: str, user: str, password: str, port: int = 5222, direct: bool = False) -> Observation:
        """Lets one account in and makes it present, so that messages reach it."""
        return self.loop.run_until_complete(self._login(key, user, password, port, direct))

    def message(self, sender: str, receiver: str, body: str) -> Observation:
        """One message from one session to the other account."""
        return self.loop.run_until_complete(self._message(sender, receiver, body))

    def write(self, sender: str, receiver: str, body: str) -> Observation:
        """One message to an account, whether it is there or not; the server has read it when it answers the next question."""
        client = self.clients[sender]
        client.send_message(mto=f"{receiver}@{self.name}", mbody=body, mtype="chat")
        try:
            self.loop.run_until_complete(client.get_roster(timeout=self.timeout))
        except self.library.exceptions.XMPPError as error:
            return Observation(_condition(error), "message-lost")
        return Observation("taken")

    def history(self, key: str, bodies: Sequence[str]) -> dict[str, Observation]:
        """For each of the messages whether the archive of the account holds it (XEP-0313)."""
        try:
            kept, count = self.loop.run_until_complete(errands.kept(self.clients[key], bodies, self.timeout))
        except self.library.exceptions.XMPPError as error:
            refused = Observation(f"the history was refused ({_condition(error)})", "history-missing")
            return dict.fromkeys(bodies, refused)
        held, missing = Observation(f"{count} kept"), Observation("not in the history", "history-missing")
        return {body: held if body in kept else missing for body in bodies}

    def upload(self, key: str) -> Observation:
        """A file to the server and back (XEP-0363); it goes with the account."""
        content = secrets.token_bytes(FILE)
        try:
            slot = self.loop.run_until_complete(errands.slot(self.clients[key], "verify.bin", len(content), self.timeout))
        except self.library.exceptions.XMPPError as error:
            return Observation(_condition(error), "upload-refused")
        if slot is None:
            return Observation("the server offers no upload", "upload-refused")
        return web.there_and_back(slot.put, slot.get, slot.headers, content, self.timeout)

    def offers(self) -> list[relay.Offer]:
        """The relays that the server offers to whoever is logged in (XEP-0215); none when nobody is."""
        for key in self.present:
            with contextlib.suppress(self.library.exceptions.XMPPError):
                return self.loop.run_until_complete(errands.offers(self.clients[key], self.timeout))
        return []

    def close(self) -> None:
        async def leave() -> None:
            await asyncio.gather(*(client.disconnect(wait=1) for client in self.clients.values()), return_exceptions=True)

        try:
            self.loop.run_until_complete(asyncio.wait_for(leave(), self.timeout))
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            self._quiet()

    def _quiet(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    async def _login(self, key: str, user: str, password: str, port: int, direct: bool) -> Observation:
        # vantages share the accounts: each session needs a resource of its own
        client = self.library.ClientXMPP(f"{user}@{self.name}/verify-{secrets.token_hex(4)}", password)
        client.ssl_context = transport.trust()
        for plugin in ("xep_0030", "xep_0313"):
            client.register_plugin(plugin)
        done: asyncio.Future[tuple[str, Any]] = self.loop.create_future()

        def ends(event: str) -> Callable[[Any], None]:
            return lambda data: None if done.done() else done.set_result((event, data))

        for event in _EVENTS:
            client.add_event_handler(event, ends(event))
        self.clients[key] = client
        dial(client, self.name, port, direct)
        try:
            event, data = await asyncio.wait_for(done, self.timeout)
        except asyncio.TimeoutError:
            return Observation("no answer in time", "login-silent")
        if event != "session_start":
            seen = classify.words(data) if isinstance(data, BaseException) else event.replace("_", " ")
            return Observation(seen, classify.handshake(data) if isinstance(data, ssl.SSLError) else _EVENTS[event])
        client.send_presence()
        try:
            # answers keep the order of the questions: after this one the presence has been seen
            await client.get_roster(timeout=self.timeout)
        except self.library.exceptions.XMPPError as error:
            return Observation(type(error).__name__, "login-silent")
        self.present.append(key)
        return Observation("let in")

    async def _message(self, sender: str, receiver: str, body: str) -> Observation:
        there = self.clients[receiver]
        arrived: asyncio.Future[Any] = self.loop.create_future()

        def take(message: Any) -> None:
            if message["body"] == body and not arrived.done():
                arrived.set_result(message)

        there.add_event_handler("message", take)
        begun = self.loop.time()
        self.clients[sender].send_message(mto=there.boundjid.bare, mbody=body, mtype="chat")
        try:
            await asyncio.wait_for(arrived, self.timeout)
        except asyncio.TimeoutError:
            return Observation("did not arrive in time", "message-lost")
        return Observation(f"arrived in {(self.loop.time() - begun) * 1000:.0f} ms")


def _condition(error: Exception) -> str:
    return str(getattr(error, "condition", "") or "no answer in time")


def without_binding() -> None:
    """Keeps slixmpp from log-in by channel binding where Python cannot bind to TLS 1.3 (``tls-exporter``).

    It would try, fail, and count as somebody who guesses passwords.
    """
    if "tls-exporter" not in ssl.CHANNEL_BINDING_TYPES:
        mechanisms = importlib.import_module("slixmpp.util.sasl.client").MECHANISMS
        for name in [name for name in mechanisms if name.endswith("-PLUS")]:
            del mechanisms[name]


def dial(client: Any, host: str, port: int, direct: bool) -> None:
    """Connects; the library changed how it is told to between 1.8 and 1.9."""
    if hasattr(client, "enable_direct_tls"):
        client.enable_direct_tls, client.enable_starttls, client.enable_plaintext = direct, not direct, False
        client.connect(host, port)
    else:
        client.connect((host, port), use_ssl=direct, force_starttls=not direct, disable_starttls=direct)
