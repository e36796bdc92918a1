# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that holds the namespaces: everything that the proof makes dies with it, however it ends.

Caller -> A (new user, mount and pid namespaces) -> B, process 1 of its own pid namespace, which makes the network
namespaces and does the work. No namespace has a name or a mount, so the kernel takes them back with their last process.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import Any, Callable

from . import kernel
from .error import ProofError, Refused, Unavailable

Serve = Callable[[dict[str, Any]], dict[str, Any]]

_KINDS: dict[str, type[ProofError]] = {"Unavailable": Unavailable, "Refused": Refused, "ProofError": ProofError}
_LENGTH = struct.Struct("!I")

#: Settings that forbid unprivileged namespaces, with the values that do.
_SWITCHES = (
    ("kernel.unprivileged_userns_clone", "0"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1"),
    ("user.max_user_namespaces", "0"),
    ("user.max_net_namespaces", "0"),
)


class Supervisor:
    """A process in namespaces of its own that answers requests with ``serve``; close it, or let it die with its caller."""

    def __init__(self, serve: Serve) -> None:
        self._socket, there = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        caller = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            self._socket.close()
            _first(caller, there, serve)
        there.close()
        answer = self._receive(None)
        if answer != {"ready": True}:
            self.close()
            raise _error(answer)

    def ask(self, request: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send a request and wait for the answer; raises ProofError, also when ``timeout`` seconds are over."""
        _send(self._socket, request)
        answer = self._receive(timeout)
        if "error" in answer:
            raise _error(answer)
        return answer

    def close(self) -> None:
        """End it, and wait until it is gone."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _receive(self, timeout: float | None) -> dict[str, Any]:
        self._socket.settimeout(timeout)
        try:
            answer = _receive(self._socket)
        except socket.timeout as error:
            raise ProofError(f"not done after {timeout:g} seconds: raise timeout, or prove fewer rows at once") from error
        if answer is None:
            raise ProofError("the process that holds the namespaces ended without an answer; was it killed, for want of memory?")
        return answer

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def _error(answer: dict[str, Any]) -> ProofError:
    return _KINDS.get(str(answer.get("kind")), ProofError)(str(answer.get("error")))


def _first(caller: int, there: socket.socket, serve: Serve) -> None:
    """Process A: never returns."""
    try:
        _unshare()
        kernel.die_with_parent()
        if os.getppid() != caller:
            os._exit(1)
        itself = os.getpid()
        child = os.fork()
        if child == 0:
            _second(itself, there, serve)
        there.close()
        os.waitpid(child, 0)
    except BaseException as error:
        _fail(there, error)
    os._exit(0)


def _second(_parent: int, there: socket.socket, serve: Serve) -> None:
    """Process B, the first of its pid namespace: never returns."""
    try:
        kernel.die_with_parent()
        kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
        # where /proc is masked a fresh one is refused; the old one does nearly always
        with contextlib.suppress(OSError):
            kernel.mount("proc", "/proc", "proc")
        _send(there, {"ready": True})
        while (request := _receive(there)) is not None:
            try:
                _send(there, serve(request))
            except Exception as error:
                _fail(there, error)
    except BaseException as error:
        _fail(there, error)
    os._exit(0)


def _fail(there: socket.socket, error: BaseException) -> None:
    kind = type(error).__name__
    words = str(error) if kind in _KINDS else "".join(traceback.format_exception(type(error), error, error.__traceback__))
    with contextlib.suppress(OSError):
        _send(there, {"error": words, "kind": kind})


def _unshare() -> None:
    """Namespaces for this process and its children: as root plainly, else by way of a user namespace."""
    flags = kernel.NEWNS | kernel.NEWPID | kernel.NEWNET
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0:
            with contextlib.suppress(PermissionError):  # root of a container, maybe: a user namespace may still do
                kernel.unshare(flags)
                return
        kernel.unshare(flags | kernel.NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    except OSError as error:
        raise Unavailable(f"network namespaces cannot be made here ({error.strerror or error}): {_advice()}") from error


def _advice() -> str:
    """What stands in the way of namespaces, and what to do."""
    found = []
    for name, bad in _SWITCHES:
        with contextlib.suppress(OSError):
            if Path("/proc/sys", *name.split(".")).read_text().strip() == bad:
                found.append(f"{name} = {bad}")
    cause = f"{' and '.join(found)} forbids it" if found else "neither root nor a user namespace is allowed to"
    return f"{cause}. Run the proof as root (become), on another machine, or accept that it is not proved with allow_unproved"


def _send(to: socket.socket, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode()
    to.sendall(_LENGTH.pack(len(data)) + data)


def _receive(source: socket.socket) -> dict[str, Any] | None:
    """The next message, None at the end."""
    head = _exactly(source, _LENGTH.size)
    if head is None:
        return None
    data = _exactly(source, _LENGTH.unpack(head)[0])
    if data is None:
        return None
    answer: dict[str, Any] = json.loads(data)
    return answer


def _exactly(source: socket.socket, size: int) -> bytes | None:
    """``size`` bytes, None when the other side is gone before."""
    parts = bytearray()
    while len(parts) < size:
        try:
            part = source.recv(min(1 << 20, size - len(parts)))
        except ConnectionError:
            return None
        if not part:
            return None
        parts += part
    return bytes(parts)
