# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the command lines of a set: no shell, no input, a time limit, output in English."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LIMIT = 300.0  # seconds for a validator or command; a health command has the set's own limit
SHOWN = 4000  # characters of output that are worth a place in a message


@dataclass(frozen=True)
class Result:
    command: str
    code: int
    output: str

    @property
    def failed(self) -> bool:
        return self.code != 0

    def told(self) -> str:
        """The command, how it ended and its own last words."""
        end = {124: "did not end in time", 127: "could not be started"}.get(self.code, f"ended with {self.code}")
        text = self.output.strip()
        if len(text) > SHOWN:
            text = "..." + text[-SHOWN:]
        return f"'{self.command}' {end}" + (f": {text}" if text else " and said nothing")


def program(line: str) -> str:
    """The program that a command line runs, as it is written there."""
    return shlex.split(line)[0]


def exists(line: str) -> bool:
    """Whether the program of a command line is on the host."""
    return shutil.which(program(line), path=PATH) is not None


def run(line: str | Sequence[str], limit: float = LIMIT) -> Result:
    """Runs I(line) to its end, or kills it and its children after I(limit) seconds."""
    words = shlex.split(line) if isinstance(line, str) else list(line)
    shown = line if isinstance(line, str) else shlex.join(words)
    environment = {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        return Result(shown, 127, f"{error.strerror}")
    try:
        output, _none = process.communicate(timeout=limit)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _none = process.communicate()
        code = 124
    return Result(shown, code, output.decode("utf-8", "replace"))
