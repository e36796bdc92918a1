"""Loads a page in headless Chromium, as a user without rights, in a profile that is thrown away."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
USER = "nobody"
#: A cold start on a small, busy machine.
PATIENCE = 30.0
#: What the page may take to draw itself, in its own time: that stands still while something is on its way.
_BUDGET = 5000


@dataclass(frozen=True)
class Visit:
    """What the browser drew, and its log of the network."""

    drawn: str
    log: dict[str, Any]


class NoBrowser(Exception):
    """Chromium did not run; says why."""


def program() -> str:
    """The path of Chromium, empty where there is none."""
    return next((found for found in map(shutil.which, PROGRAMS) if found), "")


def visit(name: str, key: str) -> Visit:
    """Loads https://NAME/; every other name is no name for this browser, so nothing leaves this host for elsewhere.

    ``key`` is the fingerprint of the server's public key (RFC 7469, 2.4). This host's store has been asked about it, and this
    browser takes it for that: what a person's own profile trusts, a fresh one does not.
    """
    home = Path(tempfile.mkdtemp(prefix="onprem-chat-browser-"))
    try:
        log = home / "net.json"
        return Visit(_run([program(), *_options(name, key, home, log), f"https://{name}/"], home), _read(log))
    except (KeyError, OSError) as error:
        raise NoBrowser(str(error)) from error
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _options(name: str, key: str, home: Path, log: Path) -> list[str]:
    return [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={home}/profile",
        f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {name}",
        f"--ignore-certificate-errors-spki-list={key}",
        f"--log-net-log={log}",
        f"--virtual-time-budget={_BUDGET}",
        "--dump-dom",
    ]


def _run(command: list[str], home: Path) -> str:
    """What Chromium prints: the page as it stands in the end."""
    lower: dict[str, Any] = {}
    if os.geteuid() == 0:
        somebody = pwd.getpwnam(USER)
        os.chown(home, somebody.pw_uid, somebody.pw_gid)
        lower = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
    own = {"HOME": str(home), "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=home,
        env=own,
        start_new_session=True,
        **lower,
    )
    try:
        drawn, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise NoBrowser(f"it took more than {PATIENCE:.0f} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise NoBrowser(lines[-1] if lines else f"it ended with {process.returncode}")
    return str(drawn, errors="replace")


def _read(log: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(log.read_bytes()))
    except (OSError, ValueError) as error:
        raise NoBrowser(f"its log cannot be read: {error}") from error
