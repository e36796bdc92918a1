# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person sits during the walk: at this machine, which is the connected one, and at the hosts of the lab.

ONPREM_WALK is a folder with what belongs to the walk alone: `home` of the person at the connected machine, `bundles` that are
made there, and the `stick`, which is in the lab's hosts as well.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
WALK = Path(os.environ.get("ONPREM_WALK", ROOT / ".cache/walk"))
LAB = str(ROOT / "lab/lab")
HOSTS = ("chat", "desk1")
CONTROL = "admin"
TYPED = "a password of the vault"
_PROMPT = re.compile(r"(?i)password: *$")
_SCRIPT = "set -e -o pipefail\n"
# The stick and the bundles are where the page says, for this command alone.
_CONNECTED = """
mkdir -p bundles
mount --bind {walk}/bundles bundles
mount -t tmpfs walk /media
mkdir /media/stick
mount --bind {walk}/stick /media/stick
exec bash -c "$0"
"""


class Broken(AssertionError):
    """A command of the page failed."""


def at_terminal(command: list[str]) -> tuple[int, str]:
    """Run a command at a terminal, typing the vault's password whenever it is asked for; exit code and all that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    shown = ""
    answered = 0
    while True:
        try:
            piece = os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the end, in the words of a terminal
            break
        if not piece:
            break
        shown += piece.replace("\r\n", "\n")
        if _PROMPT.search(shown[answered:]):
            answered = len(shown)
            os.write(terminal, f"{TYPED}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


def on_host(host: str, text: str, **environment: str) -> str:
    """Run commands as root at a host's terminal and return what was shown; raises Broken."""
    settings = [f"{key}={value}" for key, value in {"HOME": "/root", "TERM": "dumb", "LANG": "C.UTF-8", **environment}.items()]
    code, shown = at_terminal([LAB, "exec", host, "env", *settings, "bash", "-c", f"cd\n{_SCRIPT}{text}"])
    if code:
        raise Broken(f"{host}: exit code {code}\n{shown[-6000:]}")
    return shown


def put(host: str, path: str, content: str) -> None:
    """What a person brings or types, into a file of a host."""
    subprocess.run([LAB, "exec", host, "sh", "-c", f"cat >{path}"], input=content, text=True, check=True)


def at_connected(text: str) -> str:
    """Run commands in the checkout, as the person whose home is in the walk's folder; raises Broken."""
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MOLECULE_", "ONPREM_", "PYTEST_"))
    }
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-e", "-c", _CONNECTED.format(walk=WALK), f"{_SCRIPT}{text}"],
        cwd=ROOT,
        env={**kept, "HOME": str(WALK / "home"), "PWD": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Broken(f"connected machine: exit code {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout
