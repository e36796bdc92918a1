"""A run that is killed at any moment does no harm: the next one heals it."""

from __future__ import annotations

import os
import random
import signal
import time

RUNS = int(os.environ.get("ONPREM_KILLS", "5"))
#: Seconds after which a run is killed: from the first look at the hosts to the last steps of a first run.
SPAN = (2.0, 45.0)


def test_killed_runs_heal(site):
    """The seed is printed, so that a run which fails can be had again."""
    seed = int(os.environ.get("ONPREM_SEED", time.time()))
    dice = random.Random(seed)
    for delay in sorted(dice.uniform(*SPAN) for _ in range(RUNS)):
        run = site.start()
        time.sleep(delay)
        os.killpg(run.pid, signal.SIGKILL)
        last = [line for line in run.communicate()[0].splitlines() if line.startswith("TASK")][-1:]
        print(f"seed {seed}: killed after {delay:.1f} s in {last}")
    site.run()
    assert set(site.changes(site.run()).values()) == {0}
