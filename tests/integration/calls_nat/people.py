"""Calls between people at desks: made through the web client, and seen as their browsers count them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor

from .gates import Flow, Office

NAME = "chat.example.com"
PASSWORDS = {"alice": "lab-only-alice", "bob": "lab-only-bob"}
LISTEN = 3.0  # seconds of a call that are counted
SETTLES = 10.0  # seconds after which a call has found its way
MEDIA = ("audio", "video")


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in at a desk, perhaps behind a gate."""

    name: str
    desk: Desk
    office: Office | None = None

    @property
    def address(self) -> str:
        return f"{self.name}@{NAME}"


def sit_down(host: str, name: str, office: Office | None = None) -> Person:
    """Log in at a desk, in a browser with a camera and a microphone."""
    make_visitor(host)
    desk = Desk(host, "caller.py")
    desk.go(f"https://{NAME}/")
    desk.login(name, PASSWORDS[name])
    desk.online()
    return Person(name, desk, office)


@dataclass(frozen=True)
class End:
    """One end of a call while the test listened: bytes of RTP by kind and the pair, as the browser says, and the gate's flows."""

    sent: dict[str, int]
    received: dict[str, int]
    frames: int
    pair: dict
    flows: list[Flow]

    @property
    def relay(self) -> str | None:
        """The transport by which this end has the relay send for it, if it has."""
        return self.pair["local"]["relay_protocol"]


def _flows(people: Iterable[Person]) -> list[list[Flow]]:
    return [person.office.flows() if person.office else [] for person in people]


def _between(browser: tuple[dict, dict], gate: tuple[list[Flow], list[Flow]]) -> End:
    def grown(way: str, kind: str, what: str) -> int:
        before, after = (reading[way][kind][what] for reading in browser)
        return after - before

    sent, received = ({kind: grown(way, kind, "bytes") for kind in MEDIA} for way in ("sent", "received"))
    known = {flow.key: flow.bytes for flow in gate[0]}
    flows = [replace(flow, bytes=flow.bytes - known.get(flow.key, 0)) for flow in gate[1]]
    return End(sent, received, grown("received", "video", "frames"), browser[1]["pair"], flows)


def _listen(people: tuple[Person, Person]) -> tuple[End, End]:
    """Count for a while: gates longer than browsers, and the second browser longer than the first, however long asking takes."""
    caller, called = people
    gates = [_flows(people)]
    browsers = [called.desk.now(), caller.desk.now()]
    time.sleep(LISTEN)
    browsers += [caller.desk.now(), called.desk.now()]
    gates.append(_flows(people))
    first, second = zip(*gates, strict=True)
    return _between((browsers[1], browsers[2]), first), _between((browsers[0], browsers[3]), second)


def _settle(people: Iterable[Person]) -> None:
    """Wait until a second has passed in which nobody has found a better way."""
    end = time.monotonic() + SETTLES
    seen = None
    while time.monotonic() < end:
        pairs = [person.desk.now()["pair"] for person in people]
        now = [pair and (pair["local"]["address"], pair["local"]["port"], pair["remote"]["port"]) for pair in pairs]
        if all(now) and now == seen:
            return
        seen = now
        time.sleep(1)
    raise AssertionError(f"the call has not found its way in {SETTLES} s: {seen}")


def talk(caller: Person, called: Person) -> tuple[End, End]:
    """A call with sound and picture, from dialling to hanging up; what was seen of each end in between."""
    both = (caller, called)
    caller.desk.call(called.address, True)
    called.desk.answer(True)
    for person in both:
        person.desk.phase("connected")
    try:
        _settle(both)
        return _listen(both)
    finally:
        caller.desk.press("hang-up")
        called.desk.phase("ended")
        for person in both:
            if person.desk.card():
                person.desk.press("close")
