"""Where a lab keeps its things, and which of its processes live."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import kernel
from .topology import Host, Topology, parse

CHECKOUT = Path(__file__).resolve().parent.parent
CGROUPS = Path("/sys/fs/cgroup")
STOP_SECONDS = 20


class LabError(Exception):
    """What the user is told instead of a traceback."""


def run(*command: object, stdin: str | None = None) -> str:
    """Run a command of the machine and give its output; raises LabError with its own words."""
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(words)}: {(done.stderr or done.stdout).strip() or f'exit code {done.returncode}'}")
    return done.stdout


@dataclass(frozen=True)
class Lab:
    """One lab of this checkout, up or not."""

    name: str

    @classmethod
    def from_environment(cls) -> Lab:
        """The lab that ONPREM_LAB_NAME names; without it `lab`."""
        name = os.environ.get("ONPREM_LAB_NAME") or "lab"
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", name):
            raise LabError(f"ONPREM_LAB_NAME: {name!r} is no name for a lab (a-z, 0-9 and -, at most 16 characters)")
        return cls(name)

    @property
    def directory(self) -> Path:
        """All that the lab keeps on disk; gone after `down`."""
        return CHECKOUT / ".cache/lab" / self.name

    @property
    def identity(self) -> str:
        """Tells this lab from those of other checkouts; inventories/lab computes the same."""
        return hashlib.sha1(f"{CHECKOUT}:{self.name}".encode(), usedforsecurity=False).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """For the control sockets of ssh: their paths have room for 108 characters only."""
        return Path("/run/onprem-lab") / self.identity

    def host_directory(self, host: str) -> Path:
        """Keys, console log and overlay of one host."""
        return self.directory / "hosts" / host

    def topology(self) -> Topology:
        """What this lab was brought up with."""
        return parse((self.directory / "topology.json").read_text())

    def host(self, name: str) -> Host:
        """A host of the lab that is up; raises LabError or TopologyError."""
        self.require_up()
        return self.topology().host(name)

    # -- processes

    def supervisor(self) -> int | None:
        """Pid of the live supervisor. Its lock tells, for a pid may be somebody else's by now."""
        with contextlib.suppress(FileNotFoundError), (self.directory / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                with contextlib.suppress(FileNotFoundError, ValueError):
                    return int((self.directory / "supervisor.pid").read_text())
        return None

    def require_up(self) -> int:
        """Pid of the supervisor; raises LabError when there is none."""
        pid = self.supervisor()
        if pid is None:
            prefix = "" if self.name == "lab" else f"ONPREM_LAB_NAME={self.name} "
            raise LabError(f"the lab is not up: run {prefix}lab/lab up")
        return pid

    def container(self, host: str) -> int | None:
        """Pid of a host's systemd-nspawn."""
        supervisor = self.supervisor()
        option = f"--machine={self.name}-{host}".encode()
        for pid in kernel.children(supervisor) if supervisor else []:
            with contextlib.suppress(OSError):
                if option in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
        return None

    def leader(self, host: str) -> int | None:
        """Pid, on the machine, of a host's PID 1."""
        container = self.container(host)
        for pid in kernel.children(container) if container else []:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                # machine, lab, host: three namespaces deep and the first of its own
                if re.search(r"^NSpid:(\s+\d+){2,}\s+1$", status, re.MULTILINE):
                    return pid
        return None

    def require_leader(self, host: str) -> int:
        """Pid of a host's PID 1; raises LabError when the host is down or unknown."""
        self.host(host)
        pid = self.leader(host)
        if pid is None:
            raise LabError(f"{host} is not running: run lab/lab start {host}")
        return pid

    def ask_to_boot(self, host: str) -> None:
        """Tell the supervisor to boot a host."""
        with socket.socket(socket.AF_UNIX) as client, contextlib.chdir(self.directory):
            client.connect("control")
            client.sendall(host.encode())
            client.recv(1)

    # -- disk

    def sweep(self) -> None:
        """Remove what a lab leaves on the machine: empty cgroups, ssh's sockets, its directory. Only when it is down."""
        with contextlib.suppress(FileNotFoundError):
            cgroup = (self.directory / "cgroup").read_text()
            for root in (CGROUPS, CGROUPS / "unified"):
                remove_cgroups(root / cgroup.lstrip("/"))
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)
        for parent in (self.sockets.parent, self.directory.parent):
            with contextlib.suppress(OSError):
                parent.rmdir()


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep other commands of this checkout from bringing a lab up or down meanwhile."""
    folder = os.open(CHECKOUT / "lab", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def remove_cgroups(top: Path) -> None:
    """Remove a tree of cgroups whose processes are dying or dead."""
    deadline = time.monotonic() + STOP_SECONDS
    while top.is_dir() and time.monotonic() < deadline:
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        if top.is_dir():
            time.sleep(0.05)
