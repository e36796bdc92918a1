"""The start page of a site in the lab, as a newcomer at a desk sees it.

    molecule converge -s airgap && ONPREM_LAB_NAME=molecule pytest tests/integration/onboarding

Pictures go to .cache/looks. Here are only the orders and the judgement; what is tried runs inside the lab's hosts.
"""

from __future__ import annotations

import base64
import os

import pytest
import yaml
from ansible_collections.onprem.chat.tests.integration.actors.desk import VISITOR, Desk, make_visitor, run
from ansible_collections.onprem.chat.tests.integration.actors.operator import INVENTORIES

NAME = "chat.example.lan"
HOST = os.environ.get("ONPREM_LOOKS_DESK", "desk1")
POLICY = "/etc/chromium/policies/managed/onprem-chat.json"


class Newcomer:
    """An ordinary user at a desk, whose browser knows nothing of the site as long as the policy is away."""

    def __init__(self) -> None:
        self.browsers: list[Desk] = []

    def do(self, command: str) -> str:
        """Type a line into the terminal, in the folder of the downloads."""
        home = f"/home/{VISITOR}"
        return run(
            HOST, "runuser", "-u", VISITOR, "--", "env", f"HOME={home}", "sh", "-euc", f"mkdir -p ~/d && cd ~/d && {command}"
        )

    def load(self, path: str, *options: str) -> bytes:
        """What the server has at a path, over plain http."""
        return base64.b64decode(run(HOST, "sh", "-c", f"curl -sf {' '.join(options)} http://{NAME}{path} | base64 -w0"))

    def open(self) -> Desk:
        """Start the browser anew."""
        self.close()
        self.browsers.append(Desk(HOST, "viewer.py"))
        return self.browsers[-1]

    def close(self) -> None:
        while self.browsers:
            self.browsers.pop().close()


@pytest.fixture(scope="session")
def newcomer():
    make_visitor(HOST)
    one = Newcomer()
    yield one
    one.close()


@pytest.fixture
def untrusting(newcomer):
    """The newcomer at a desk that trusts nothing of the site; as it was, afterwards."""
    run(HOST, "sh", "-euc", f"mv {POLICY} /root/policy.away; rm -rf /home/{VISITOR}/.pki /home/{VISITOR}/d")
    yield newcomer
    newcomer.close()
    run(HOST, "sh", "-euc", f"mv /root/policy.away {POLICY}; rm -rf /home/{VISITOR}/.pki /home/{VISITOR}/d")


@pytest.fixture(scope="session")
def root() -> bytes:
    """The root certificate where it is made, in DER."""
    groups = yaml.safe_load((INVENTORIES[0] / "hosts.yml").read_text(encoding="utf-8"))["all"]["children"]
    (authority,) = groups["certificate_authority"]["hosts"]
    return base64.b64decode(run(authority, "sh", "-c", "openssl x509 -in /etc/onprem-chat/ca/root.crt -outform DER | base64 -w0"))


@pytest.fixture(scope="session")
def viewer(newcomer):
    desk = Desk(HOST, "viewer.py")
    yield desk
    desk.close()
