# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has to know of the runs before it: how often it failed, until when to wait, and what the daemons were told."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .refusal import CHECK, ORDER, Refusal

HOUR = 3600.0
#: How long a run waits for another one; as long as an order may take.
PATIENCE = 900


@dataclass(frozen=True)
class Memory:
    """C(told) is what the daemons have been reloaded for; C(not_before) is in seconds since 1970."""

    told: str = ""
    failures: int = 0
    first_failure: float = 0
    not_before: float = 0
    code: int = 0
    problems: tuple[str, ...] = ()

    def failed(self, refusal: Refusal, now: float, lifetime: float) -> Memory:
        """Wait an hour, then twice that, and so on up to a day; all of it shorter for certificates that live for days only."""
        step, most = (min(limit, lifetime / parts) for limit, parts in ((HOUR, 100.0), (24 * HOUR, 20.0)))
        wait = max(min(step * 2 ** min(self.failures, 10), most), refusal.retry_after)
        return replace(
            self,
            failures=self.failures + 1,
            first_failure=self.first_failure or now,
            not_before=now + wait,
            code=refusal.code,
            problems=tuple(refusal.problems),
        )

    def succeeded(self) -> Memory:
        return Memory(told=self.told)

    def waiting(self, now: float) -> bool:
        """Whether it is too early to try again; a clock that was set back by more than any wait is not believed."""
        return self.failures > 0 and self.not_before - 30 * 24 * HOUR < now < self.not_before

    def lines(self) -> list[str]:
        """What to say while it waits."""
        first, again = (
            datetime.datetime.fromtimestamp(moment, datetime.timezone.utc) for moment in (self.first_failure, self.not_before)
        )
        since = f"{self.failures} tries failed since {first:%Y-%m-%d %H:%M} UTC"
        return [f"{since}, the next one is after {again:%Y-%m-%d %H:%M}; the last:", *self.problems]


def recall(state: Path) -> Memory:
    """What was kept; with a file that cannot be read, nothing."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        raw = json.loads((state / "state.json").read_text(encoding="utf-8"))
        memory = Memory(**{**raw, "problems": tuple(raw.get("problems", ()))})
        if memory.code in (0, CHECK, ORDER) and memory.not_before + memory.failures >= 0:
            return memory
    return Memory()


def keep(state: Path, memory: Memory) -> None:
    """Write it down at once or not at all."""
    fresh = state / ".state.json"
    fresh.write_text(json.dumps(asdict(memory), sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(state / "state.json")


@contextlib.contextmanager
def lock(state: Path) -> Iterator[int]:
    """One run at a time. The descriptor is lego's too, so that one that outlives a killed run is waited for."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise Refusal(
                        ORDER, [f"another run has not ended for {PATIENCE // 60} minutes; who it is: fuser {state}/lock"]
                    ) from None
                time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)
