"""Calls between people at desks: made through the web client, and seen as their browsers count them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor

NAME = "chat.example.com"
PASSWORDS = {"alice": "lab-only-alice", "bob": "lab-only-bob"}
LISTEN = 3.0  # seconds of a call that are counted
KINDS = ("audio", "video")


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in at a desk."""

    name: str
    desk: Desk

    @property
    def address(self) -> str:
        return f"{self.name}@{NAME}"


def sit_down(host: str, name: str, *options: str) -> Person:
    """Log in at a desk, in a browser with a camera and a microphone."""
    make_visitor(host)
    desk = Desk(host, "caller.py", *options)
    desk.go(f"https://{NAME}/")
    desk.login(name, PASSWORDS[name])
    desk.online()
    return Person(name, desk)


@dataclass(frozen=True)
class End:
    """One end of a call, as its browser counted while the test listened: bytes of RTP by kind, and the pair of candidates."""

    sent: dict[str, int]
    received: dict[str, int]
    frames: int
    pair: dict

    @property
    def relay(self) -> str | None:
        """The transport by which this end has the relay send for it, if it has."""
        return self.pair["local"]["relay_protocol"]


def _end(before: dict, after: dict) -> End:
    def grown(way: str, kind: str, what: str) -> int:
        return after[way][kind][what] - before[way][kind][what]

    sent, received = ({kind: grown(way, kind, "bytes") for kind in KINDS} for way in ("sent", "received"))
    return End(sent, received, grown("received", "video", "frames"), after["pair"])


def talk(caller: Person, called: Person) -> tuple[End, End]:
    """A call with sound and picture, from dialling to hanging up; what each end counted in between."""
    caller.desk.call(called.address, True)
    called.desk.answer(True)
    both = (caller.desk, called.desk)
    for desk in both:
        desk.phase("connected")
    try:
        before = [desk.now() for desk in both]
        time.sleep(LISTEN)
        after = [desk.now() for desk in both]
    finally:
        caller.desk.press("hang-up")
        called.desk.phase("ended")
        for desk in both:
            if desk.card():
                desk.press("close")
    first, second = (_end(*counts) for counts in zip(before, after, strict=True))
    return first, second
