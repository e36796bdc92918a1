"""A Debian with a relay in it, made once of a lab's base image and kept in .cache; nothing that runs in it changes it."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[3]
CACHE = CHECKOUT / ".cache/forwarding-calls"
ISOLATED = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child")


def system(suite: str) -> Path:
    """Return the root of a Debian release with the relay; raises what its making raises."""
    sys.path.insert(0, str(CHECKOUT))
    from lab import base

    root = CACHE / suite
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            base.ensure([suite])
            unfinished = root.with_suffix(".tmp")
            shutil.rmtree(unfinished, ignore_errors=True)
            subprocess.run(["cp", "-a", base.path(suite), unfinished], check=True)
            with (CACHE / f"{suite}.log").open("wb") as log:
                subprocess.run([*ISOLATED, str(HERE / "packages"), unfinished], check=True, stdout=log, stderr=log)
            unfinished.rename(root)
    return root
