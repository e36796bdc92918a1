# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the installer of a product, never twice at a time, with its output in a file: so it goes on when we are killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

#: Waits for a line that says that its process is on record; without it, because we were killed before, nothing runs.
_GATE = 'read -r go && exec "$@" </dev/null'
_GRACE = 10
_TAIL = 20


class InstallerError(Exception):
    """What went wrong, in words for the person at the control node."""


def found(command: list[str], folder: Path) -> str:
    """Return why a command cannot be run in a folder, or nothing."""
    name = command[0]
    if "/" not in name:
        return "" if shutil.which(name) else f"there is no program {name}"
    path = folder / name
    if not path.is_file():
        return f"there is no file {path}"
    return "" if os.access(path, os.X_OK) else f"{path} is not executable; make it so, or name what reads it, as in [sh, {name}]"


def alive(process: Any) -> bool:
    """Whether the process on record still runs; another one with its number began at another time."""
    return isinstance(process, dict) and bool(process) and _process(int(process["pid"])) == process


def _process(pid: int) -> dict[str, Any]:
    """Return what tells a process from all others, or nothing when there is none."""
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        if fields[0] not in "ZX":
            return {"pid": pid, "began": fields[19], "boot": boot}
    return {}


def await_end(process: Any, timeout: float) -> None:
    """Wait until the process of an earlier run has ended. Raises InstallerError when it does not in time."""
    end = time.monotonic() + timeout
    while alive(process):
        if time.monotonic() > end:
            reason = f"still runs since an earlier run, as process {process['pid']}"
            raise InstallerError(f"{reason}; waited {timeout:g} s. See what it waits for, or end it")
        time.sleep(0.5)


class Installer:
    """One run of a command in a folder; its output goes to L(log), which only root reads."""

    def __init__(self, command: list[str], folder: Path, log: Path) -> None:
        self.command = command
        self.log = log
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            self.running = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )

    def process(self) -> dict[str, Any]:
        """Return what is to be on record before it goes."""
        return _process(self.running.pid)

    def go(self, timeout: float) -> None:
        """Let it run to its end. Raises InstallerError when it fails, or does not end in time; then it is ended."""
        try:
            self.running.communicate(b"go\n", timeout)
        except subprocess.TimeoutExpired:
            self._end()
            raise InstallerError(f"did not end within {timeout:g} s and was ended; {self._told()}") from None
        code = self.running.returncode
        if code:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
            raise InstallerError(f"{how}; {self._told()}")

    def _end(self) -> None:
        for one in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, one)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(_GRACE)

    def _told(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        if not lines:
            return "it said nothing"
        return f"its output is in {self.log} on the host, the last of it:\n" + "\n".join(lines[-_TAIL:])
