"""The lab, tried for real: run as root with `pytest tests/integration/lab`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Lab:
    """One lab by name, driven through its command line as everybody drives it."""

    name: str
    checkout: Path = CHECKOUT

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ONPREM_LAB_NAME": self.name}

    @property
    def state(self) -> Path:
        return self.checkout / ".cache/lab" / self.name

    @property
    def supervisor(self) -> int:
        return int((self.state / "supervisor.pid").read_text())

    def __call__(self, *words: str, code: int | None = 0, stdin: str | None = None) -> str:
        """Run lab/lab; the exit code must be the given one (None: any). Gives what it printed, errors last."""
        done = self.start(*words, stdin=stdin)
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "lab/lab"), *words],
            env=self.environment,
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def sh(self, host: str, script: str, code: int | None = 0) -> str:
        """Run a shell script inside a host."""
        return self("exec", host, "sh", "-c", script, code=code).strip()

    def ansible(self, host: str, module: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
        """Run one Ansible module over the committed inventory."""
        command = [str(Path(sys.executable).with_name("ansible")), "-i", str(self.checkout / "inventories/lab")]
        return subprocess.run(
            [*command, host, "-m", module, "-a", arguments],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def states(self) -> dict[str, str]:
        return {host["name"]: host["state"] for host in json.loads(self("status", "--json", code=None))["hosts"]}

    def traces(self) -> list[str]:
        """What of a lab can be found on the machine: processes, mounts, cgroups, sockets, state."""
        found = [str(path) for path in (self.state,) if path.exists()]
        found += [f"mount {line}" for line in Path("/proc/mounts").read_text().splitlines() if str(self.state) in line]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                environment = (process / "environ").read_bytes()
            except OSError:
                continue
            lab_process = "_supervise" in words and f"ONPREM_LAB_NAME={self.name}".encode() in environment.split(b"\0")
            if lab_process or any(word.startswith(f"--machine={self.name}-") for word in words):
                found.append(f"process {process.name} {' '.join(words)}")
        return found


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The air-gap topology, up."""
    lab = Lab("it")
    lab("up")
    yield lab
    lab("down")


@pytest.fixture
def small() -> Iterator[Lab]:
    """A name for a lab that the test brings up itself; down afterwards whatever happens."""
    lab = Lab("it-small")
    lab("down")
    yield lab
    lab("down")


@pytest.fixture
def odd_checkout(tmp_path: Path) -> Iterator[Lab]:
    """The lab in a checkout whose path is long and oddly spelt."""
    checkout = tmp_path / "a long, long: way to the checkout" / ("x" * 80) / "on prem"
    checkout.mkdir(parents=True)
    for part in ("lab", "inventories"):
        shutil.copytree(CHECKOUT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / ".cache").mkdir()
    (checkout / ".cache/lab-base").symlink_to(CHECKOUT / ".cache/lab-base")
    lab = Lab("it-odd", checkout)
    yield lab
    lab("down")


def by_address(rows: list[dict[str, object]]) -> dict[object, object]:
    """Rows of `lab leaks` as destination to host."""
    return {row["to"]: row["host"] for row in rows}
