"""The lab's hosts, the clock, and how busy the machine is with something else."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab.state import CHECKOUT, Lab

WORK = CHECKOUT / ".cache/benchmark"
QUIET = 20  # percent of the machine that may be busy with something else
PATIENCE = float(os.environ.get("ONPREM_BENCHMARK_PATIENCE") or 60)


class BenchmarkError(Exception):
    """What went wrong, in words for whoever runs the benchmark."""


@dataclass(frozen=True)
class Timed:
    """One measured command: wall seconds, and the percentage of the machine that was busy just before it."""

    seconds: float
    busy: float


def say(text: str) -> None:
    """One line about what happens now."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def busy_percent(seconds: float = 0.5) -> float:
    """How much of all processors is in use, seen over a moment in which this program does nothing."""
    first = _processor_ticks()
    time.sleep(seconds)
    idle, total = (late - early for late, early in zip(_processor_ticks(), first))
    return 100 * (1 - idle / max(total, 1))


def wait_for_quiet() -> float:
    """Give other work on the machine a minute to end; how busy the machine is then, in percent."""
    end = time.monotonic() + PATIENCE
    while (busy := busy_percent()) > QUIET and time.monotonic() < end:
        pass
    return busy


def _processor_ticks() -> tuple[int, int]:
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return ticks[3] + ticks[4], sum(ticks)  # idle and waiting for a disk, everything


def timed(title: str, command: list[str], environment: dict[str, str]) -> Timed:
    """Run a command to its end; its output goes to a log. Raises BenchmarkError with the log's end when it fails."""
    log = WORK / f"{title}.log"
    busy = wait_for_quiet()
    start = time.monotonic()
    with log.open("wb") as stream:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env={**os.environ, **environment}, check=False
        )
    seconds = time.monotonic() - start
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BenchmarkError(f"{title} failed with exit code {done.returncode}; the end of {log}:\n{end}")
    say(f"{title}: {seconds:.2f} s; just before, the machine was busy by {busy:.0f} %")
    return Timed(seconds, busy)


@dataclass(frozen=True)
class Site:
    """A lab of the benchmark."""

    name: str
    topology: str

    @property
    def lab(self) -> Lab:
        """Its state."""
        return Lab(self.name)

    @property
    def environment(self) -> dict[str, str]:
        """What leads lab/lab and the inventory to it."""
        return {"ONPREM_LAB_NAME": self.name}

    def up(self) -> Timed:
        """Fresh hosts; what is left of an earlier run goes first."""
        self.down()
        done = timed(f"{self.name}-up", [str(CHECKOUT / "lab/lab"), "up", "--topology", self.topology], self.environment)
        self.lab.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)  # Ansible would, ssh alone does not
        return done

    def down(self) -> None:
        """No hosts."""
        self._lab("down")

    def read(self, host: str, *command: str) -> bytes:
        """What a command on a host prints."""
        return self._lab("exec", host, *command)

    def ssh(self, address: str) -> list[str]:
        """Arguments that lead ssh to a host just as inventories/lab does, with a shared connection of its own."""
        state = self.lab.directory
        options = {
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": f'"{state}/known_hosts"',
            "StrictHostKeyChecking": "yes",
            "ProxyCommand": f'"{CHECKOUT}/lab/lab" nc desk1 %h %p',
            "ControlMaster": "auto",
            "ControlPersist": "60s",
            "ControlPath": f"{self.lab.sockets}/%C",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["-F", "/dev/null", "-i", f"{state}/key", *words, f"root@{address}"]

    def hang_up(self) -> None:
        """End the shared connections, so that each measured run makes its own."""
        for socket in self.lab.sockets.glob("*"):
            command = ["ssh", "-F", "/dev/null", "-o", f"ControlPath={socket}", "-O", "exit", "anyone"]
            subprocess.run(command, capture_output=True, check=False)

    def _lab(self, *words: str) -> bytes:
        command = [str(CHECKOUT / "lab/lab"), *words]
        done = subprocess.run(command, capture_output=True, env={**os.environ, **self.environment}, check=False)
        if done.returncode:
            raise BenchmarkError(f"{' '.join(command)}: {(done.stderr or done.stdout).decode(errors='replace').strip()}")
        return done.stdout
