"""Ways into a running lab: a command in a host, in a host's network, in the fabric."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import kernel
from .state import Lab

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
HOST = kernel.NEWNS | kernel.NEWCGROUP | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWPID | kernel.NEWNET


def in_host(lab: Lab, host: str, command: Sequence[str]) -> int:
    """Run a command inside a host, with the host's own capabilities and no more; gives its exit code."""
    leader = lab.require_leader(host)
    capabilities = kernel.bounding_set(leader)
    environment = {"PATH": PATH, "HOME": "/root", "USER": "root", "LC_ALL": "C.UTF-8", "TERM": os.environ.get("TERM", "dumb")}
    kernel.enter(leader, HOST)
    os.chdir("/")
    return _run(command, environment, lambda: kernel.keep_only(capabilities))


def in_network(lab: Lab, host: str, command: Sequence[str]) -> int:
    """Run a command of the machine that sees a host's network and the machine's files; it dies with the lab."""
    network = os.open(f"/proc/{lab.require_leader(host)}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    enter_lab(lab)
    kernel.setns(network, kernel.NEWNET)
    return _run(command, os.environ)


def in_fabric(lab: Lab, command: Sequence[str]) -> int:
    """Run a command of the machine among the bridges; it dies with the lab."""
    supervisor = lab.require_up()
    enter_lab(lab)
    kernel.enter(supervisor, kernel.NEWNET)
    return _run(command, os.environ)


def enter_lab(lab: Lab) -> None:
    """See the lab's mounts; children of this process live in its pid namespace and die with it."""
    here = Path.cwd()
    kernel.enter(lab.require_up(), kernel.NEWNS | kernel.NEWPID)
    os.chdir(here)  # the same files; only the mounts of the lab come on top


def _run(command: Sequence[str], environment: Mapping[str, str], at_last: Callable[[], None] = lambda: None) -> int:
    """Fork (a pid namespace takes in children only), execute, and give the exit code as a shell would."""
    pid = os.fork()
    if pid == 0:
        try:
            kernel.die_with_parent()
            at_last()
            os.execvpe(command[0], list(command), dict(environment))
        except OSError as error:
            os.write(2, f"lab: {command[0]}: {error.strerror}\n".encode())
        finally:
            os._exit(127)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to answer
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code
