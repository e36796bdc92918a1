# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few system calls that older Python versions do not offer: unshare, setns, mount, prctl."""

from __future__ import annotations

import ctypes
import os
import signal

NEWNS, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x10000000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def unshare(flags: int) -> None:
    """Move this process (for NEWPID: its children) into new namespaces; raises OSError."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int) -> None:
    """Enter the network namespace of an open namespace file; raises OSError."""
    _checked(_libc.setns(fd, NEWNET), "setns")


def mount(source: str, target: str, kind: str, flags: int = 0) -> None:
    """mount(2) without a helper program; raises OSError."""
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), b"")
    _checked(result, f"mount on {target}")


def die_with_parent() -> None:
    """SIGKILL this process when its parent dies; a change of credentials forgets it, so call it after that."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
