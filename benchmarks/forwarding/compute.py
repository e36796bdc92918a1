"""What it costs to make the rules, and to make and load them, against every rival."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from .intents import forwards, intent
from .machine import WORK, BenchmarkError, say, wait_for_quiet
from .rivals import MADE, RIVALS, Rival
from .root import Root

SUITE = "trixie"  # the release that has all of them
PATIENCE = 1800  # seconds for one rival

# Rivals come compiled; so does what Ansible installs and has run once
OURS = """
export PYTHONPATH=/onprem/.ansible/collections PYTHONPYCACHEPREFIX=/tmp/compiled
plan() { python3 /onprem/benchmarks/forwarding/planned.py "$@" >/tmp/cost; }
plan /bench/one.json iptables /tmp/4 /tmp/6
"""
MEASURED = """
set -e
{prepare}
start=$(date +%s%N)
{{ {load}
}} >/tmp/out 2>&1 || {{ tail -c 2000 /tmp/out; exit 3; }}
echo "seconds $(( $(date +%s%N) - start ))"
echo "made $({made})"
"""


@dataclass(frozen=True)
class Cost:
    """Processor seconds and memory of parse, check, compute and render."""

    count: int
    seconds: float
    megabytes: float


@dataclass
class Race:
    """Seconds of one contestant at one number of forwards."""

    name: str
    count: int
    seconds: list[float] = field(default_factory=list)
    error: str = ""

    @property
    def best(self) -> float:
        """Seconds of the run that was disturbed least."""
        return min(self.seconds)


def cost(count: int, times: int) -> Cost:
    """Measure in processes of their own; the median of the seconds and the most of the memory. A service for each forward."""
    given = WORK / f"{count}.json"
    given.write_text(json.dumps(intent(forwards(count), each=1)))
    runs = []
    wait_for_quiet()
    for _number in range(times):
        command = [sys.executable, str(Path(__file__).with_name("planned.py")), str(given), "nftables", str(WORK / "rules")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchmarkError(done.stderr[-2000:])
        runs.append(json.loads(done.stdout))
    return Cost(count, median(run["seconds"] for run in runs), max(run["megabytes"] for run in runs))


def race(many: int, few: int, times: int, full: bool) -> list[Race]:
    """Make and load the same forwards with everybody, in turns; slow ones ``few`` and once, unless ``full``."""
    root = Root(SUITE, (*sorted({one.package for one in RIVALS}), "iptables", "nftables"))
    root.install()
    ours = [_ours("nftables"), _ours("iptables")]
    races = {(one.name, many): Race(one.name, many) for one in ours}
    races |= {(one.name, few): Race(one.name, few) for one in ours}
    for one in RIVALS:
        count = few if one.slow and not full else many
        races[one.name, count] = Race(one.name, count)
    by_name = {one.name: one for one in (*ours, *RIVALS)}
    for number in range(times):
        wait_for_quiet()
        for entry in races.values():
            rival = by_name[entry.name]
            if not entry.error and (number == 0 or not rival.slow):
                _run(root, rival, entry)
    return list(races.values())


def _ours(target: str) -> Rival:
    load = {
        "nftables": "plan /bench/intent.json nftables /tmp/4\nnft -f /tmp/4",
        "iptables": "plan /bench/intent.json iptables /tmp/4 /tmp/6\niptables-restore -n /tmp/4\nip6tables-restore -n /tmp/6",
    }
    return Rival(f"onprem.chat, {target}", "", _given, OURS, load[target])


def _given(wanted: list) -> dict[str, str]:
    return {"intent.json": json.dumps(intent(wanted)), "one.json": json.dumps(intent(wanted[:1]))}


def _run(root: Root, rival: Rival, entry: Race) -> None:
    wanted = forwards(entry.count)
    try:
        printed = root.run(MEASURED.format(prepare=rival.prepare, load=rival.load, made=MADE), rival.files(wanted), PATIENCE)
    except BenchmarkError as error:
        entry.error = str(error)
        say(f"{rival.name}, {entry.count} forwards: {error}")
        return
    answers = dict(line.split() for line in printed.splitlines() if line.startswith(("seconds ", "made ")))
    if int(answers["made"]) < entry.count:
        entry.error = f"made {answers['made']} of {entry.count} forwards"
    entry.seconds.append(int(answers["seconds"]) / 1e9)
    say(f"{rival.name}, {entry.count} forwards: {entry.seconds[-1]:.2f} s{entry.error and ', but ' + entry.error}")
