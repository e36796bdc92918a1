"""Bringing a lab and its hosts up and down."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from . import base, kernel, machine, supervisor
from .state import CHECKOUT, STOP_SECONDS, Lab, LabError, one_at_a_time
from .topology import Topology, dump

BOOT_SECONDS = int(os.environ.get("ONPREM_LAB_BOOT_SECONDS", "180"))
POWER_OFF = signal.SIGRTMIN + 4  # what systemd calls poweroff
# command, Debian package
TOOLS = (
    ("apt-get", "apt"),
    ("ip", "iproute2"),
    ("mmdebstrap", "mmdebstrap"),
    ("nft", "nftables"),
    ("ssh-keygen", "openssh-client"),
    ("systemd-nspawn", "systemd-container"),
    ("tcpdump", "tcpdump"),
)
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 1024
_begun = time.monotonic()


def say(text: str) -> None:
    """One line of progress with the seconds since the start."""
    print(f"[{time.monotonic() - _begun:5.1f} s] {text}", flush=True)


def check_machine() -> None:
    """Raises LabError with the one thing to do when this machine cannot hold a lab."""
    if os.geteuid() != 0:
        raise LabError("the lab makes namespaces and mounts: run it as root")
    missing = [package for command, package in TOOLS if shutil.which(command) is None]
    if not base.KEYRING.exists():
        missing.append("debian-archive-keyring")
    if missing:
        raise LabError(f"missing tools: run apt-get install -y {' '.join(missing)}")


def raise_inotify_limit() -> None:
    """Let several systemds run: Debian's 128 instances serve about a dozen hosts, and without one a service fails at random."""
    current = int(INOTIFY.read_text())
    if current < INOTIFY_INSTANCES:
        INOTIFY.write_text(str(INOTIFY_INSTANCES))
        say(f"raised fs.inotify.max_user_instances from {current} to {INOTIFY_INSTANCES} until this machine's next boot")


def build_bases(names: Iterable[str]) -> None:
    """Make base images, telling of each."""
    wanted = sorted(set(names))
    if missing := [name for name in wanted if not base.path(name).is_dir()]:
        say(f"building base images {', '.join(missing)} (once, about half a minute each)")
    for line in base.ensure(wanted):
        say(line)
    base.prune()


def up(lab: Lab, topology: Topology) -> None:
    """Bring a lab up, or complete one that is up already. Raises LabError."""
    raise_inotify_limit()
    if lab.supervisor() is None:
        build_bases(host.base for host in topology.hosts)
    fresh = False
    try:
        with one_at_a_time():
            fresh = lab.supervisor() is None
            if fresh:
                _begin(lab, topology)
            elif lab.topology() != topology:
                raise LabError("the lab is up with another topology: run lab/lab down first")
        start(lab, [host.name for host in topology.hosts if lab.leader(host.name) is None])
    except BaseException:
        if fresh:
            _stop_supervisor(lab)  # its logs stay for a look until the next up or down
        raise
    say("the lab is up")


def _begin(lab: Lab, topology: Topology) -> None:
    lab.sweep()  # what a killed one left
    lab.directory.mkdir(parents=True, mode=0o700)
    (lab.directory / "topology.json").write_text(dump(topology))
    machine.prepare(lab, topology)
    supervisor.start(lab)
    say(f"networks: {', '.join(network.name for network in topology.networks)}")


def down(lab: Lab) -> None:
    """Remove a lab, alive or killed."""
    with one_at_a_time():
        was_up = _stop_supervisor(lab)
        lab.sweep()
    say("the lab is down" if was_up else "the lab was not up")


def _stop_supervisor(lab: Lab) -> bool:
    pid = lab.supervisor()
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if not kernel.wait_gone(pid, STOP_SECONDS):  # PID 1 of a namespace is gone when all in it are
        raise LabError(f"the supervisor, process {pid}, does not die")
    return True


def start(lab: Lab, hosts: list[str]) -> None:
    """Boot hosts and wait until each is fully up. Raises LabError with the end of the console's log."""
    for host in hosts:
        lab.ask_to_boot(host)
    deadline = time.monotonic() + BOOT_SECONDS
    for host in hosts:
        state = _wait_booted(lab, host, deadline)
        details = lab.host(host)
        say(f"{host}: {state}, {details.suite}, {' '.join(details.addresses)}")


def _wait_booted(lab: Lab, host: str, deadline: float) -> str:
    while time.monotonic() < deadline:
        state = running_state(lab, host, "--wait")
        if state in ("running", "degraded"):
            return state
        lab.require_up()
        if (lab.host_directory(host) / "ended").exists():
            raise LabError(_last_words(lab, host, f"{host} did not boot"))
        time.sleep(0.1)
    raise LabError(_last_words(lab, host, f"{host} did not boot in {BOOT_SECONDS} s"))


def _last_words(lab: Lab, host: str, complaint: str) -> str:
    lines = [complaint]
    for log in (lab.directory / "supervisor.log", lab.host_directory(host) / "console.log"):
        if log.exists() and (text := log.read_text(errors="replace").strip()):
            lines += [f"the end of {log}:", *text.splitlines()[-12:]]
    return "\n".join(lines)


def running_state(lab: Lab, host: str, *options: str) -> str:
    """What a host's systemd says of itself; `off` when there is none to ask."""
    if lab.leader(host) is None:
        return "off"
    command = [sys.executable, "-I", "-S", str(CHECKOUT / "lab"), "exec", host, "systemctl", "is-system-running", *options]
    environment = {**os.environ, "ONPREM_LAB_NAME": lab.name}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.stdout.strip() or "starting"


def stop(lab: Lab, host: str) -> None:
    """Power a host off in an orderly way; after a while, pull the plug."""
    leader, container = lab.leader(host), lab.container(host)
    if container is None:
        say(f"{host}: off already")
        return
    if leader:
        os.kill(leader, POWER_OFF)
    if not kernel.wait_gone(container, STOP_SECONDS):
        say(f"{host}: does not stop, pulling the plug")
        os.kill(container, signal.SIGKILL)
    _wait_buried(container)
    say(f"{host}: off")


def kill(lab: Lab, host: str) -> None:
    """Pull a host's plug."""
    container = lab.container(host)
    if container is None:
        say(f"{host}: off already")
        return
    os.kill(container, signal.SIGKILL)
    _wait_buried(container)
    say(f"{host}: plug pulled")


def _wait_buried(container: int) -> None:
    """Until the supervisor has reaped it and taken its network away."""
    while Path(f"/proc/{container}").exists():
        time.sleep(0.02)
