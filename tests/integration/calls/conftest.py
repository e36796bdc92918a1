"""Calls in the web client: people at two desks of the lab, each with a real Chromium.

    molecule converge -s airgap && ONPREM_LAB_NAME=molecule pytest tests/integration/calls

What is counted is what the browsers count (getStats). Screenshots go to tests/output/calls. ONPREM_TEST_DESKS names other desks,
one or two.
"""

from __future__ import annotations

import base64
import json
import os

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, Desk, make_visitor, run

PICTURES = CHECKOUT / "tests/output/calls"
NAME = "chat.example.lan"
DESKS = os.environ.get("ONPREM_TEST_DESKS", "desk1,desk2").split(",")
SEATS = {"alice": DESKS[0], "bob": DESKS[-1]}
PASSWORDS = json.loads(os.environ.get("ONPREM_TEST_PASSWORDS", '{"alice": "lab-only-alice", "bob": "lab-only-bob"}'))
ADDRESS = {name: f"{name}@{NAME}" for name in SEATS}


class Telephones:
    """Browsers with the web client open and somebody logged in; all of them are closed in the end."""

    def __init__(self) -> None:
        self.open: list[Desk] = []

    def of(self, name: str, *options: str, online: bool = True) -> Desk:
        """A new browser of this person."""
        desk = Desk(SEATS[name], "caller.py", *options)
        self.open.append(desk)
        desk.go(f"https://{NAME}/")
        desk.login(name, PASSWORDS[name])
        if online:
            desk.online()
        return desk

    def away(self, desk: Desk) -> None:
        self.open.remove(desk)
        desk.close()

    def close(self) -> None:
        while self.open:
            self.open.pop().close()


@pytest.fixture(scope="session")
def telephones():
    for host in set(DESKS):
        make_visitor(host)
    found = Telephones()
    yield found
    found.close()


@pytest.fixture(scope="module")
def alice(telephones):
    desk = telephones.of("alice")
    yield desk
    telephones.away(desk)


@pytest.fixture(scope="module")
def bob(telephones):
    desk = telephones.of("bob")
    yield desk
    telephones.away(desk)


@pytest.fixture(autouse=True)
def quiet(request):
    """Nobody talks when a test begins: what a failed one left is put down."""
    yield
    for name in {"alice", "bob"} & set(request.fixturenames):
        request.getfixturevalue(name).hush()


@pytest.fixture(scope="session")
def picture():
    """Keeps what somebody sees: ``picture(desk, name)``."""

    def keep(desk: Desk, name: str, *size: int) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(desk.picture(*size)))

    return keep


@pytest.fixture(scope="session")
def on():
    """Runs a command on a host of the lab and returns what it printed."""
    return run
