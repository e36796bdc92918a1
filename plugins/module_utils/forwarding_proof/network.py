# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the namespaces of one plan inside the supervisor, and loads the ruleset into the router's."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..forwarding.model import Plan
from . import kernel, topology
from .error import ProofError, Refused, Unavailable
from .row import OUTSIDE, ROUTER, lan_space

#: Where administration tools are when the user's PATH does not say.
_PATH = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin"
_NETLINK_NETFILTER, _CT_DELETE, _REQUEST_ACK = 12, (1 << 8) | 2, 5
#: What the kernel says when an unprivileged user's buffers cannot hold the transaction.
_TOO_BIG = ("Message too long", "No buffer space", "Cannot allocate memory", "EMSGSIZE", "ENOBUFS")


def tool(name: str) -> str | None:
    """The path of an administration tool, None when it is not installed."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), _PATH)))


def needed(name: str, package: str) -> str:
    """The path of a tool; raises ProofError naming its Debian package."""
    path = tool(name)
    if path is None:
        raise ProofError(f"{name} is not installed here: install {package}, or run the proof on another machine")
    return path


def run(command: Sequence[str], text: str = "") -> str:
    """Run a tool with ``text`` as its input; returns what it complains of, empty when it succeeded."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode == 0:
        return ""
    return (done.stderr.strip() or done.stdout.strip() or f"{command[0]} ended with {done.returncode}")[:2000]


class Network:
    """All namespaces of one plan; they go when it is closed (and with the process in any case)."""

    def __init__(self, plan: Plan) -> None:
        self.backend = "nftables"
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._spaces: dict[str, int] = {}
        try:
            for name in (OUTSIDE, *(lan_space(lan.interface) for lan in plan.lans), ROUTER):
                self._make(name)
            self._cable(plan)
        except BaseException:
            self.close()
            raise

    @property
    def names(self) -> list[str]:
        """All namespaces."""
        return list(self._spaces)

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Within it, what this process makes (sockets, children) is made in that namespace."""
        kernel.setns(self._spaces[name])
        try:
            yield
        finally:
            kernel.setns(self._home)

    def close(self) -> None:
        """Let the namespaces go."""
        for fd in (*self._spaces.values(), self._home):
            os.close(fd)
        self._spaces = {}

    def _make(self, name: str) -> None:
        try:
            kernel.unshare(kernel.NEWNET)
            self._spaces[name] = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            for setting, value in topology.sysctls(name).items():
                self._set(Path("/proc/sys/net", setting), value)
        except OSError as error:
            raise Unavailable(f"the namespace {name} cannot be made: {error}") from error
        finally:
            kernel.setns(self._home)

    def _set(self, path: Path, value: str) -> None:
        """Write a setting; what this kernel does not have (IPv6, maybe) or already is so needs no writing."""
        if path.exists() and path.read_text().strip() != value:
            path.write_text(value)

    def _cable(self, plan: Plan) -> None:
        itself = Path("/proc/self").readlink()
        files = {name: f"/proc/{itself}/fd/{fd}" for name, fd in self._spaces.items()}
        self._batch(ROUTER, topology.links(plan, files))
        self._batch(OUTSIDE, topology.outside(plan))
        if topology.marked(plan):
            self._batch(OUTSIDE, topology.rules(plan), "-4")
            self._batch(OUTSIDE, topology.rules(plan), "-6")
        for number, lan in enumerate(plan.lans):
            self._batch(lan_space(lan.interface), topology.lan(plan, number))
        self._batch(ROUTER, topology.router(plan))

    def _batch(self, name: str, lines: Sequence[str], *options: str) -> None:
        with self.inside(name):
            words = run([needed("ip", "iproute2"), *options, "-batch", "-"], "".join(f"{line}\n" for line in lines))
        if words:
            raise ProofError(f"the namespace {name} cannot be set up: {words}")

    def load(self, backend: str, ruleset: str, ruleset6: str) -> None:
        """Load the rules into the router; raises Refused with the tool's words when the kernel does not take them."""
        self.backend = backend
        if backend == "nftables":
            self._load([needed("nft", "nftables"), "-f", "-"], ruleset)
        else:
            self._load([needed("iptables-restore", "iptables"), "--noflush"], ruleset)
            if ruleset6:
                self._load([needed("ip6tables-restore", "iptables"), "--noflush"], ruleset6)

    def _load(self, command: Sequence[str], ruleset: str) -> None:
        with self.inside(ROUTER):
            words = run(command, ruleset)
        if not words:
            return
        name = Path(command[0]).name
        if any(one in words for one in _TOO_BIG):
            words += " (too big for an unprivileged user: run the proof as root, or let root raise net.core.wmem_max)"
        raise Refused(f"the kernel refuses the ruleset, {name} says: {words}")

    def forget(self) -> None:
        """Empty the router's connection table, so that no flow can influence a later one."""
        request = struct.pack("=IHHIIBBH", 20, _CT_DELETE, _REQUEST_ACK, 1, 0, 0, 0, 0)
        with self.inside(ROUTER), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
            netlink.bind((0, 0))
            netlink.send(request)
            netlink.recv(4096)
