"""Three network namespaces in a row: a client outside, a router, a server in the LAN. They have no names and die with us."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator

from lab import kernel

from .intents import FAR, FIRST_HOST, NETWORK, PUBLIC, ROUTER
from .machine import BenchmarkError

HERE = "/proc/thread-self/ns/net"


class Namespace:
    """A network namespace, held open by a descriptor."""

    def __init__(self) -> None:
        """Make one; this thread stays where it is."""
        own = os.open(HERE, os.O_RDONLY)
        try:
            kernel.unshare(kernel.NEWNET)
            self.descriptor = os.open(HERE, os.O_RDONLY)
        finally:
            kernel.setns(own, kernel.NEWNET)
            os.close(own)
        self.run("ip", "link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets and processes made meanwhile belong to it."""
        own = os.open(HERE, os.O_RDONLY)
        kernel.setns(self.descriptor, kernel.NEWNET)
        try:
            yield
        finally:
            kernel.setns(own, kernel.NEWNET)
            os.close(own)

    def run(self, *command: str, text: str | None = None) -> None:
        """Run a program in it. Raises BenchmarkError."""
        try:
            with self.inside():
                done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise BenchmarkError(f"{command[0]} is not installed") from error
        if done.returncode:
            raise BenchmarkError(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")

    def interface(self, name: str, address: str, other: Namespace, its_name: str, its_address: str) -> None:
        """Lay a cable to another namespace."""
        path = f"/proc/{os.getpid()}/fd/{other.descriptor}"
        self.run("ip", "link", "add", name, "type", "veth", "peer", "name", its_name, "netns", path)
        for side, interface, text in ((self, name, address), (other, its_name, its_address)):
            side.run("ip", "address", "add", text, "dev", interface)
            side.run("ip", "link", "set", interface, "up")

    def close(self) -> None:
        """Give it up."""
        os.close(self.descriptor)


class Line:
    """Client, router and server; the router has no rules yet."""

    def __init__(self) -> None:
        """Lay the cables."""
        self.client, self.router, self.server = Namespace(), Namespace(), Namespace()
        self.router.interface("wan0", f"{PUBLIC}/24", self.client, "eth0", f"{FAR}/24")
        self.router.interface("lan0", f"{ROUTER}/16", self.server, "eth0", f"{FIRST_HOST}/16")
        self.router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.server.run("ip", "route", "add", "default", "via", ROUTER)
        self.client.run("ip", "route", "add", NETWORK, "via", PUBLIC)
        self.listeners: list[socket.socket] = []

    def load(self, renderings: dict[str, str]) -> None:
        """Give the router its rules, in its namespace alone."""
        for name, text in renderings.items():
            command = ("nft", "-f", "-") if name == "nftables" else (f"{name}-restore", "--noflush")
            self.router.run(*command, text=text)

    def listen(self, port: int) -> socket.socket:
        """Let the server answer on a port."""
        with self.server.inside():
            listener = socket.socket()
            listener.bind((FIRST_HOST, port))
        listener.listen(4096)
        self.listeners.append(listener)
        return listener

    def close(self) -> None:
        """Take it all down."""
        for listener in self.listeners:
            listener.close()
        for one in (self.client, self.router, self.server):
            one.close()


@contextlib.contextmanager
def lines(count: int) -> Iterator[list[Line]]:
    """Lines that go whatever happens."""
    made: list[Line] = []
    try:
        for _number in range(count):
            made.append(Line())
        yield made
    finally:
        for one in made:
            one.close()
