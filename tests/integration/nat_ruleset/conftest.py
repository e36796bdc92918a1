"""nat_ruleset on a real router: run as root with `pytest tests/integration/nat_ruleset`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
WAN = "203.0.113.10"
# Suite and backend: each once; ONPREM_EVERY_PAIR=1 takes the other two as well.
PAIRS = [("trixie", "nftables"), ("bookworm", "iptables")]
if os.environ.get("ONPREM_EVERY_PAIR"):
    PAIRS += [("trixie", "iptables"), ("bookworm", "nftables")]
PORTS = ("80", "81", "443", "8080")
ASK = """
import socket, sys
kind, address, port = sys.argv[1:]
with socket.socket(type=socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as s:
    s.settimeout(1)
    try:
        s.connect((address, int(port)))
        s.send(b"?")
        print(s.recv(100).decode())
    except OSError as error:
        print("nothing")
"""
# Keeps one connection and asks over it once for every line of its input.
KEEP = """
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
s.settimeout(3)
for _line in sys.stdin:
    try:
        s.send(b"?")
        print(s.recv(100).decode() or "closed", flush=True)
    except OSError as error:
        print("nothing", flush=True)
"""
CHAT = {"name": "chat", "profile": "chat_web", "host": "192.168.1.30"}
MANAGEMENT = [{"protocol": "tcp", "ports": [22], "sources": ["192.168.1.0/24"]}]
NOBODY = [{"protocol": "tcp", "ports": [22], "sources": ["192.168.1.250/32"]}]  # a router that nobody reaches any more


def extra(port: int, **more: object) -> dict:
    """One more service on the chat host."""
    return {"name": f"extra{port}", "host": "192.168.1.30", "ports": [{"protocol": "tcp", "public": port}], **more}


@dataclass
class Answer:
    """What a playbook run printed, and what the modules said in it."""

    code: int
    printed: str
    done: dict
    info: dict

    @property
    def words(self) -> str:
        return " ".join(self.printed.split())


@dataclass
class Lab:
    """The lab of topology nat, its router of one suite, and the backend in use."""

    folder: Path
    suite: str
    backend: str
    name: str = "it-nat"
    keepers: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ONPREM_LAB_NAME": self.name, "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg")}

    def __call__(self, *words: str, code: int | None = 0) -> str:
        done = subprocess.run(
            [str(CHECKOUT / "lab/lab"), *words], env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def sh(self, script: str, host: str = "router", code: int | None = 0) -> str:
        return self("exec", host, "sh", "-c", script, code=code)

    def command(self, *words: str, state: str = "present", seconds: int = 60, **variables: object) -> list[str]:
        router = {
            "wan": [{"interface": "wan0", "addresses": [f"{WAN}/24"]}],
            "lan": [
                {"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"},
                {"interface": "lan1", "address": "192.168.2.1", "network": "192.168.2.0/24"},
            ],
            "management": variables.pop("management", MANAGEMENT),
        }
        given = {
            "answer": str(self.folder),
            "backend": self.backend,
            "router": router,
            "ruleset": "",
            "seconds": seconds,
            "services": [CHAT],
            "state": state,
            **variables,
        }
        (self.folder / "answer.json").unlink(missing_ok=True)
        (self.folder / "given.json").write_text(json.dumps(given))
        inventory = str(CHECKOUT / "inventories/lab_nat")
        return [str(PLAYBOOK), "-i", inventory, "-e", f"@{self.folder}/given.json", *words, str(HERE / "apply.yml")]

    def play(self, *words: str, **variables: object) -> Answer:
        command = self.command(*words, **variables)
        done = subprocess.run(
            command, env=self.environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False
        )
        path = self.folder / "answer.json"
        answer = json.loads(path.read_text()) if path.exists() else {"done": {}, "info": {}}
        return Answer(done.returncode, done.stdout + done.stderr, answer["done"], answer["info"])

    def apply(self, **variables: object) -> Answer:
        answer = self.play(**variables)
        assert answer.code == 0, answer.printed
        return answer

    def ask(self, host: str, port: int, address: str = WAN, kind: str = "tcp") -> str:
        return self("exec", host, "python3", "-c", ASK, kind, address, str(port))

    def keep(self, host: str, port: int, address: str = WAN) -> subprocess.Popen[str]:
        """A connection that stays; L(asked) asks over it."""
        keeper = subprocess.Popen(
            [str(CHECKOUT / "lab/lab"), "exec", host, "python3", "-c", KEEP, address, str(port)],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.keepers.append(keeper)
        return keeper

    def rules(self) -> str:
        """All rules of the router, whoever they belong to, without counters."""
        script = "nft -s list ruleset; iptables-save; ip6tables-save"
        lines = (re.sub(r"\[\d+:\d+\]", "[0:0]", line) for line in self.sh(script).splitlines())
        return "\n".join(line for line in lines if not line.startswith("#") and "policy" not in line)

    def state(self) -> str:
        """Everything that the module may leave on the router."""
        script = (
            "find /etc /usr/local /run/onprem* /run/systemd/transient -xdev -path '*onprem*' 2>/dev/null | sort;"
            " sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding; ls -A /etc/systemd/system"
            " /usr/local/lib /etc/sysctl.d; systemctl list-units --all --plain --no-legend '*onprem*'; ls /run/lock"
        )
        return self.sh(script, code=None)

    def wait(self, what: object, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not what():  # type: ignore[operator]
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.3)


def asked(keeper: subprocess.Popen[str]) -> str:
    assert keeper.stdin and keeper.stdout
    keeper.stdin.write("\n")
    keeper.stdin.flush()
    return keeper.stdout.readline().strip()


@pytest.fixture(scope="session", params=PAIRS, ids="-".join)
def nat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("answers"), *request.param)
    lab("down")
    lab("up", "--topology", "nat", "--suite", f"router={lab.suite}")
    responder = (HERE / "responder.py").read_text()
    lab("exec", "chat", "systemd-run", "--quiet", "--unit=responder", "python3", "-c", responder, *PORTS)
    yield lab
    lab("down")


@pytest.fixture
def lab(nat: Lab) -> Iterator[Lab]:
    """A router that nothing has been done to."""
    nat.apply(state="absent")
    nat.sh("conntrack -F")
    yield nat
    while nat.keepers:
        keeper = nat.keepers.pop()
        keeper.kill()
        keeper.communicate()


@pytest.fixture
def running(lab: Lab) -> Lab:
    """The chat server's ports are forwarded."""
    lab.apply(seconds=0)
    return lab
