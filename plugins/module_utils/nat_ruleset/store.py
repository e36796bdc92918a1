# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router remembers: the confirmed state on disk, the pending one in memory, and one run at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import generation, model
from .error import NatRulesetError
from .model import PARTS, Wanted
from .seat import ROUTER, Seat

MANIFEST = "state.json"
PROMISE = "pending.json"


@dataclass(frozen=True)
class Pending:
    """A state that runs and is not confirmed; C(deadline) is on the kernel's monotonic clock, in seconds."""

    token: str
    deadline: float
    wanted: Wanted

    def left(self) -> int:
        """Seconds until the router falls back."""
        return max(0, round(self.deadline - time.monotonic()))


class Store:
    """The memory of a seat."""

    def __init__(self, root: Path = Path("/"), seat: Seat = ROUTER) -> None:
        self.root = root
        self.seat = seat

    def path(self, name: str) -> Path:
        """A path of L(seat) under the root."""
        return self.root / name

    @contextlib.contextmanager
    def lock(self, patience: float = 60, insist: bool = False) -> Iterator[None]:
        """One run at a time; with I(insist) go on alone when the patience is over, else raise L(NatRulesetError)."""
        path, end = self.path(self.seat.lock), time.monotonic() + patience
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            handle = path.open("w", encoding="ascii")
            if self._taken(handle, path):
                break
            handle.close()
            if time.monotonic() > end:
                if insist:
                    handle = path.open("w", encoding="ascii")
                    break
                who = self.seat.who
                raise NatRulesetError(f"another run works on the ruleset of this {who} and did not end in {patience:.0f} s")
            time.sleep(0.1)
        with handle:
            yield

    @staticmethod
    def _taken(handle: IO[str], path: Path) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(handle.fileno()).st_ino == path.stat().st_ino  # or the last run has just removed it
        except (BlockingIOError, FileNotFoundError):
            return False

    def confirmed(self) -> Wanted | None:
        """What was confirmed last."""
        return self._state(generation.read(self.path(self.seat.confirmed)))

    def pending(self) -> Pending | None:
        """What waits for its confirmation."""
        found = generation.read(self.path(f"{self.seat.pending}/pending"))
        wanted = self._state(found)
        if wanted is None or PROMISE not in found:
            return None
        promise = json.loads(found[PROMISE])
        return Pending(promise["token"], promise["deadline"], wanted)

    @staticmethod
    def _state(found: dict[str, str]) -> Wanted | None:
        if MANIFEST not in found:
            return None
        return model.load(found[MANIFEST], {part: found[name] for part, name in PARTS.items() if name in found})

    @staticmethod
    def _files(wanted: Wanted) -> dict[str, str]:
        texts = {PARTS[part]: text for part, text in wanted.texts.items() if text}
        return {MANIFEST: model.dump(wanted), **texts}

    def confirm(self, wanted: Wanted) -> None:
        """From now on this is what a boot loads."""
        generation.publish(self.path(self.seat.confirmed), self._files(wanted))

    def promise(self, pending: Pending) -> None:
        """Remember until the next boot what runs unconfirmed."""
        promise = json.dumps({"token": pending.token, "deadline": pending.deadline}) + "\n"
        generation.publish(self.path(f"{self.seat.pending}/pending"), {PROMISE: promise, **self._files(pending.wanted)})

    def forget(self) -> None:
        """Nothing is pending any more."""
        folder = self.path(self.seat.pending)
        if folder.exists():
            generation.retract(folder / "pending")

    def forget_all(self) -> None:
        """Nothing is left in memory."""
        shutil.rmtree(self.path(self.seat.pending), ignore_errors=True)

    def thank(self, token: str) -> None:
        """Remember until the next boot which run was confirmed last: its confirmation may have been sent twice."""
        generation.replace(self.path(f"{self.seat.pending}/confirmed"), token)

    def thanked(self) -> str:
        """The token of the run that was confirmed last since the boot."""
        path = self.path(f"{self.seat.pending}/confirmed")
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def unlock_for_good(self) -> None:
        """Remove the lock's file, by the run that holds it."""
        self.path(self.seat.lock).unlink(missing_ok=True)
