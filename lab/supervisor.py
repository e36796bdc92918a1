"""The one process that holds a lab together.

It is PID 1 of its own pid namespace, in its own mount and network namespace: SIGKILL it, and the kernel removes
every process, mount, bridge, cable and namespace of the lab.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

from . import base, fabric, kernel, listener, machine
from .state import CGROUPS, CHECKOUT, Lab, LabError, remove_cgroups
from .topology import Topology

REBOOT = 133  # systemd-nspawn's exit code when the guest asked for one


def start(lab: Lab) -> None:
    """Start the supervisor of a prepared lab and wait until its fabric stands. Raises LabError."""
    # An ordinary machine's systemd must not touch our cgroups: ask it for a delegated one.
    scope: list[str] = []
    if Path("/run/systemd/system").is_dir():
        scope = ["systemd-run", "--scope", "--quiet", "--collect", "--property=Delegate=yes"]
        scope += [f"--unit=onprem-lab-{lab.identity}", "--"]
    log = lab.directory / "supervisor.log"
    ready, ready_end = os.pipe()
    with (lab.directory / "lock").open("w") as lock, log.open("ab") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the supervisor inherits it and holds it for life
        process = subprocess.Popen(
            [*scope, sys.executable, "-I", "-S", str(CHECKOUT / "lab"), "_supervise", str(lock.fileno()), str(ready_end)],
            pass_fds=(lock.fileno(), ready_end),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "ONPREM_LAB_NAME": lab.name},
        )
        os.close(ready_end)
        process.wait()
        with os.fdopen(ready, "rb") as answer:
            if answer.read(2) != b"ok":
                raise LabError(f"the lab's supervisor did not start: {log.read_text().strip()}")


def become(lab: Lab, ready: int) -> None:
    """Turn this process into the supervisor's parent; the supervisor lives on alone. Never returns."""
    kernel.unshare(kernel.NEWNS | kernel.NEWNET | kernel.NEWPID)
    kernel.mount("none", "/", "", flags=kernel.MS_REC | kernel.MS_SLAVE)
    _join_cgroup(lab)
    pid = os.fork()
    if pid:
        (lab.directory / "supervisor.pid").write_text(str(pid))
        os._exit(0)
    try:
        with base.held(host.base for host in lab.topology().hosts):
            Supervisor(lab).serve(ready)
    except (OSError, LabError) as error:
        print(error, file=sys.stderr, flush=True)
    finally:
        os._exit(1)


def _join_cgroup(lab: Lab) -> None:
    if not (CGROUPS / "cgroup.controllers").exists():  # cgroup v1 or both: this mount namespace sees v2 alone
        kernel.mount("none", str(CGROUPS), "cgroup2")
    own = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    top = Path(f"{CGROUPS}{own.rstrip('/')}/onprem-lab-{lab.identity}")
    (top / "supervisor").mkdir(parents=True, exist_ok=True)
    (top / "supervisor/cgroup.procs").write_text("0")
    (lab.directory / "cgroup").write_text(f"/{top.relative_to(CGROUPS)}")
    for folder in (top.parent, top):  # limits inside the hosts, where the machine lets us have them
        for controller in ("cpu", "memory", "pids"):
            try:
                (folder / "cgroup.subtree_control").write_text(f"+{controller}")
            except OSError:
                continue


class Supervisor:
    """Boots hosts on request, buries them, and boots those again that asked for a reboot."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.topology: Topology = lab.topology()
        self.cgroup = Path(f"{CGROUPS}{(lab.directory / 'cgroup').read_text()}")
        self.hosts: dict[int, str] = {}
        self.listener = 0

    def serve(self, ready: int) -> None:
        """Build the fabric, say so on `ready`, then serve until killed."""
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        kernel.mount("proc", "/proc", "proc")
        for folder in ("/run/netns", "/run/systemd/nspawn"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            kernel.mount("tmpfs", folder, "tmpfs")
        fabric.build(self.topology)
        self.listen()
        os.chdir(self.lab.directory)
        control = socket.socket(socket.AF_UNIX)
        control.bind("control")  # relative: the path of a socket has room for 108 characters only
        control.listen(16)
        deaths, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        os.write(ready, b"ok")
        os.close(ready)
        while True:
            events = select.select([control.fileno(), deaths], [], [])[0]
            if deaths in events:
                os.read(deaths, 4096)
                self.bury()
            if control.fileno() in events:
                client, _ = control.accept()
                with client:
                    self.boot(client.recv(64).decode())

    def listen(self) -> None:
        """Start the listener."""
        self.listener = os.fork()
        if self.listener:
            return
        try:
            os.closerange(3, 256)  # as for a host
            os.setsid()
            listener.Listener(self.lab).listen()
        except OSError as error:
            print(f"listener: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)

    def boot(self, host: str) -> None:
        """Start a host, unless it runs."""
        if host in self.hosts.values():
            return
        self.ended(host).unlink(missing_ok=True)
        pid = os.fork()
        if pid:
            self.hosts[pid] = host
            return
        try:
            signal.set_wakeup_fd(-1)
            os.closerange(3, 256)  # above all the lock: it must be the supervisor's alone
            os.setsid()
            machine.launch(self.lab, self.topology.host(host), self.cgroup / host)
        except (OSError, LabError) as error:
            print(f"{host}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)

    def bury(self) -> None:
        """Reap the dead; take away what a dead host leaves."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.listener:  # silence would look like innocence: without its notes `lab leaks` complains
                listener.notes(self.lab).unlink(missing_ok=True)
            host = self.hosts.pop(pid, None)
            if host is None:
                continue
            try:
                # A killed nspawn leaves its guest. And no cgroup is used twice: once killed, it kills what is born in it later.
                (self.cgroup / host / "cgroup.kill").write_text("1")
                remove_cgroups(self.cgroup / host)
                fabric.unplug(self.topology.host(host))
            except (OSError, LabError) as error:
                print(f"{host}: {error}", file=sys.stderr, flush=True)
            code = os.waitstatus_to_exitcode(status)
            if code == REBOOT:
                self.boot(host)
            else:
                self.ended(host).write_text(str(code))

    def ended(self, host: str) -> Path:
        """The file that says a host is off: whoever waits for it to boot need not wait on."""
        return self.lab.host_directory(host) / "ended"
