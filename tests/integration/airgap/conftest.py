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
import select
import shlex
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
PICTURES = CHECKOUT / "tests/output/airgap"
EXEC = shlex.split(os.environ.get("ONPREM_LAB_EXEC", f"{CHECKOUT}/lab/lab exec"))
NAME = "chat.example.lan"
VISITOR = "onprem-visitor"
PASSWORDS = json.loads(os.environ.get("ONPREM_TEST_PASSWORDS", '{"alice": "lab-only-alice", "bob": "lab-only-bob"}'))
ROOM, ROOM_TITLE = "office", "The office"
#: Longer than the most patient order of a desk.
DEADLINE = 120


class Broken(AssertionError):
    """Something on a desk did not go as ordered."""


class Desk:
    """A program on a desk that obeys orders: ``desk.say("hello")`` runs its method ``say`` there."""

    def __init__(self, host: str, program: str) -> None:
        # the program is an argument, so that nothing is left on the desk
        source = (HERE / "desk" / program).read_text(encoding="utf-8")
        visitor = ["runuser", "-u", VISITOR, "--", "env", f"HOME=/home/{VISITOR}", "LC_ALL=C.UTF-8"]
        self.host = host
        self.process = subprocess.Popen(
            [*EXEC, host, *visitor, "python3", "-u", "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/"
        )

    def __getattr__(self, name: str):
        return lambda *arguments: self.order(name, *arguments)

    def order(self, name: str, *arguments: object) -> object:
        self.process.stdin.write(json.dumps({"do": name, "with": arguments}).encode() + b"\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
            raise Broken(f"{self.host}: {name}: no answer in {DEADLINE} s")
        line = self.process.stdout.readline()
        if not line:
            raise Broken(f"{self.host}: {name}: the program on the desk ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Broken(f"{self.host}: {name}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def run(host: str, *command: str) -> str:
    return subprocess.run([*EXEC, host, *command], check=True, capture_output=True, text=True, cwd="/").stdout


@pytest.fixture(scope="session")
def picture():
    """Keeps what the person at a desk sees: ``picture(desk, name, width, height)``."""

    def keep(desk: Desk, name: str, *size: int) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(desk.picture(*size)))

    return keep


@pytest.fixture(scope="session")
def leaks() -> dict[str, object]:
    """What the lab's fabric saw of packets to addresses outside; skipped where it is not the project's own lab."""
    if "ONPREM_LAB_EXEC" in os.environ:
        pytest.skip("not the project's own lab")
    answer = subprocess.run([f"{CHECKOUT}/lab/lab", "leaks"], capture_output=True, text=True, cwd=CHECKOUT)
    return {"code": answer.returncode, "seen": json.loads(answer.stdout)}


@pytest.fixture(scope="session")
def on():
    """Runs a command on a host of the lab and returns what it printed."""
    return run


@pytest.fixture(scope="session")
def desks() -> tuple[str, str]:
    """Both desks, each with an ordinary user."""
    for host in ("desk1", "desk2"):
        run(host, "sh", "-c", f"id -u {VISITOR} >/dev/null 2>&1 || useradd --create-home {VISITOR}")
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
