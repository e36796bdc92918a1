"""The air gap, end to end: two people at two desks of the lab, with real browsers and with a real XMPP library.

    molecule converge -s airgap && ONPREM_LAB_NAME=molecule pytest tests/integration/airgap

Everything that is tried runs inside the lab's hosts; here are only the orders and the judgement. Screenshots go to
tests/output/airgap.
"""

from __future__ import annotations

import base64
import json
import os
import secrets

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, Desk, make_visitor, run

PICTURES = CHECKOUT / "tests/output/airgap"
NAME = "chat.example.lan"
PASSWORDS = json.loads(os.environ.get("ONPREM_TEST_PASSWORDS", '{"alice": "lab-only-alice", "bob": "lab-only-bob"}'))
ROOM, ROOM_TITLE = "office", "The office"


@pytest.fixture(scope="session")
def picture():
    """Keeps what the person at a desk sees: ``picture(desk, name, width, height)``."""

    def keep(desk: Desk, name: str, *size: int) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(desk.picture(*size)))

    return keep


@pytest.fixture(scope="session")
def on():
    """Runs a command on a host of the lab and returns what it printed."""
    return run


@pytest.fixture(scope="session")
def desks() -> tuple[str, str]:
    """Both desks, each with an ordinary user."""
    for host in ("desk1", "desk2"):
        make_visitor(host)
    return "desk1", "desk2"


@pytest.fixture(scope="session")
def sit_down(desks):
    """Starts a program on a desk; all of them end with the session."""
    opened: list[Desk] = []

    def start(host: str, program: str) -> Desk:
        opened.append(Desk(host, program))
        return opened[-1]

    yield start
    for desk in opened:
        desk.close()


@pytest.fixture
def token() -> str:
    """A number that nobody has written before."""
    return str(secrets.randbelow(9 * 10**9) + 10**9)


@pytest.fixture(scope="session")
def site() -> dict[str, str]:
    return {"name": NAME, "room": f"{ROOM}@rooms.{NAME}", "room_title": ROOM_TITLE}


@pytest.fixture(scope="session")
def people() -> dict[str, dict[str, str]]:
    return {name: {"address": f"{name}@{NAME}", "password": password} for name, password in PASSWORDS.items()}
