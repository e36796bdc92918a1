"""The few system calls that Python 3.11 does not offer: mount, unshare, setns, prctl."""

from __future__ import annotations

import ctypes
import os
import select
import signal
from pathlib import Path

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x20000000, 0x40000000
MS_REC, MS_SLAVE = 0x4000, 0x80000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """Move this process (for NEWPID: its children) into new namespaces; raises OSError."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """Enter namespaces through a namespace file (one kind) or a pidfd (any kinds, Linux 5.8); raises OSError."""
    _checked(_libc.setns(fd, flags), "setns")


def enter(pid: int, flags: int) -> None:
    """Enter the given namespaces of a process, all or none; NEWPID counts for children only. Raises OSError."""
    fd = os.pidfd_open(pid)
    try:
        setns(fd, flags)
    finally:
        os.close(fd)


def mount(source: str, target: str, kind: str, options: str = "", flags: int = 0) -> None:
    """mount(2) without a helper program; paths may be relative, so no path can be too long or oddly spelt."""
    _checked(
        _libc.mount(source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode()),
        f"mount {kind} on {target}",
    )


def die_with_parent() -> None:
    """SIGKILL this process when its parent dies."""
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def bounding_set(pid: int) -> int:
    """The capabilities that a process can ever have, as a bit mask."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    raise OSError(f"/proc/{pid}/status names no CapBnd")


def keep_only(capabilities: int) -> None:
    """Give up every capability outside the mask for whatever is executed next.

    Entering a host's namespaces does not shed the machine's own power: `date -s` there would set the machine's clock.
    """
    for bit in range(64):
        if not capabilities >> bit & 1 and _libc.prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) != 0:
            return  # beyond the last capability that this kernel knows


def children(pid: int) -> list[int]:
    """Direct children, as this process's own pid namespace numbers them."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def wait_gone(pid: int, seconds: float) -> bool:
    """Whether a process (any, not just a child) ended within the time."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)
