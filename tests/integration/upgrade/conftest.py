"""A site that was made from an older bundle, its operator, and two people who write to each other."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORY_OPTIONS, ROOT, Site

OLDER = Path(os.environ.get("ONPREM_OLDER_BUNDLES", str(ROOT / ".cache/upgrade")))
NEWER = Path(os.environ.get("ONPREM_NEWER_BUNDLES", str(ROOT / ".cache/bundles")))
NAME = "chat.example.lan"


class Operator(Site):
    """Plays what upgrading needs."""

    def play(self, playbook: str, *options: str) -> subprocess.Popen[str]:
        """Start a playbook in a process group of its own."""
        command = ["ansible-playbook", *INVENTORY_OPTIONS, str(ROOT / playbook), *options]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, start_new_session=True, **output)

    def done(self, playbook: str, *options: str) -> str:
        """Run it to the end and return the output."""
        run = self.play(playbook, *options)
        output, _ = run.communicate()
        assert run.returncode == 0, output[-6000:]
        return output

    def refused(self, playbook: str, *options: str) -> str:
        """Run it to the end, which has to be a failure."""
        run = self.play(playbook, *options)
        output, _ = run.communicate()
        assert run.returncode != 0, f"the run went well:\n{output[-3000:]}"
        return output

    def packages(self, host: str) -> dict[str, str]:
        """What is installed: name to version."""
        listed = self.shell(host, "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\\n'")
        return {words[1]: words[2] for line in listed.splitlines() if (words := line.split())[0] == "installed"}

    def record(self, host: str) -> dict:
        """What the host wrote down of its last upgrade."""
        return json.loads(self.shell(host, "cat /srv/onprem-chat/upgrade.json"))


@pytest.fixture(scope="session")
def site() -> Operator:
    return Operator()


@pytest.fixture(scope="session")
def before(site) -> dict[str, dict[str, str]]:
    """What was installed on each host before anything was upgraded."""
    return {host: site.packages(host) for host in site.hosts()}


class People:
    """alice and bob, at one desk; each call logs in anew, as people do in the morning."""

    def __init__(self) -> None:
        make_visitor("desk1")
        self.written: list[str] = []
        self.files: dict[str, str] = {}

    def _sit_down(self, name: str) -> Desk:
        desk = Desk("desk1", "native.py")
        assert desk.login(f"{name}@{NAME}", f"lab-only-{name}", 5222, False) == "session_start"
        return desk

    def write(self) -> str:
        """alice writes to bob and sends a file."""
        token = str(secrets.randbelow(9 * 10**9) + 10**9)
        alice = self._sit_down("alice")
        url = alice.attach(f"{token}.txt", "aGVsbG8K")
        alice.say(f"bob@{NAME}", token)
        assert token in alice.history()
        alice.close()
        self.written.append(token)
        self.files[token] = url
        return token

    def read(self) -> list[str]:
        """What of it bob still finds, with its file."""
        bob = self._sit_down("bob")
        history = bob.history()
        found = [token for token in self.written if token in history and bob.fetch(self.files[token])["text"] == "hello\n"]
        bob.close()
        return found


@pytest.fixture(scope="session")
def people() -> People:
    return People()
