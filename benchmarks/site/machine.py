"""The lab's hosts, the clock, and how busy the machine is with something else."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab.state import CHECKOUT, Lab

WORK = CHECKOUT / ".cache/benchmark"
QUIET = 20  # percent of the machine that something else may have
CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")  # where cgroup v2 is mounted: alone, beside v1
PATIENCE = float(os.environ.get("ONPREM_BENCHMARK_PATIENCE") or 60)


class BenchmarkError(Exception):
    """What went wrong, in words for whoever runs the benchmark."""


@dataclass(frozen=True)
class Timed:
    """One measured command: wall seconds, and the percentage of the machine that something else had meanwhile."""

    seconds: float
    others: float


def say(text: str) -> None:
    """One line about what happens now."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def busy_seconds() -> float:
    """Processor seconds that the machine has worked since its boot."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = ticks[3] + ticks[4]  # and waiting for a disk
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


def wait_for_quiet() -> None:
    """Give other work on the machine a minute to end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before = busy_seconds()
        time.sleep(0.5)
        if _percent(busy_seconds() - before, 0.5) <= QUIET:
            return


def _percent(busy: float, seconds: float) -> float:
    return max(0.0, 100 * busy / seconds / (os.cpu_count() or 1))


def timed(title: str, command: list[str], site: Site) -> Timed:
    """Run a command to its end; its output goes to a log. Raises BenchmarkError with the log's end when it fails."""
    log = WORK / f"{title}.log"
    wait_for_quiet()
    start, busy, own = time.monotonic(), busy_seconds(), site.processor_seconds()
    with log.open("wb") as stream:
        environment = {**os.environ, **site.environment}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=environment, check=False)
    seconds = time.monotonic() - start
    others = _percent(busy_seconds() - busy - (site.processor_seconds() - own), seconds)
    if done.returncode:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BenchmarkError(f"{title} failed with exit code {done.returncode}; the end of {log}:\n{end}")
    say(f"{title}: {seconds:.2f} s; something else had {others:.0f} % of the machine")
    return Timed(seconds, others)


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
        done = timed(f"{self.name}-up", [str(CHECKOUT / "lab/lab"), "up", "--topology", self.topology], self)
        self.lab.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)  # Ansible would, ssh alone does not
        return done

    def processor_seconds(self) -> float:
        """What its hosts and the programs that this one has waited for have used."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + self._hosts_seconds()

    def _hosts_seconds(self) -> float:
        note = self.lab.directory / "cgroup"
        own = note.read_text() if note.exists() else ""
        for root in CGROUPS:
            stat = Path(f"{root}{own}/cpu.stat")
            if own and stat.exists():
                return int(stat.read_text().split()[1]) / 1e6
        return 0.0

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
