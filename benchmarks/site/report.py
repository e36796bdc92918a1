"""What was measured, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from .contestants import Contestant, Run

# These never leave the control node
LOCAL = (
    "assert",
    "debug",
    "dns_zone_plan",
    "include_vars",
    "meta",
    "preflight_verdict",
    "set_fact",
    "site_plan",
    "validate_argument_spec",
    "verify_verdict",
)


@dataclass(frozen=True)
class Bar:
    """A promise and what was measured; ``unit`` is s or nothing for a ratio."""

    text: str
    measured: float
    limit: float
    unit: str

    @property
    def held(self) -> bool:
        """Whether the promise is kept."""
        return self.measured <= self.limit

    def row(self) -> str:
        """A line of the table."""
        unit = f" {self.unit}" if self.unit else ""
        verdict = "ok" if self.held else "missed"
        measured, limit = f"{self.measured:.2f}{unit}", f"{self.limit:g}{unit}"
        ratio = f"{self.measured / self.limit:.2f}" if self.limit else ""
        return f"{self.text:<62}{measured:>10}{limit:>9}{ratio:>7}  {verdict}"


def first(contestant: Contestant) -> float:
    """Seconds on bare hosts."""
    return contestant.runs[0].timed.seconds


def again(contestant: Contestant) -> float:
    """Median seconds of the later runs."""
    return median(run.timed.seconds for run in contestant.runs[1:])


def changed(contestant: Contestant) -> int:
    """The most that any of the later runs changed."""
    return max(run.changed for run in contestant.runs[1:])


def contestants_table(contestants: Iterable[Contestant]) -> str:
    """Seconds of everybody, and how much of the machine something else had, at worst."""
    rows = [f"{'':<52}{'first':>9}{'again':>9}{'changed':>9}{'tasks':>7}{'others':>8}"]
    for one in contestants:
        tasks = len(steps(one.runs[-1])) or ""
        count = changed(one) if one.runs[0].tasks else ""
        others = max(run.timed.others for run in one.runs)
        rows.append(f"{one.title:<52}{first(one):>7.2f} s{again(one):>7.2f} s{count:>9}{tasks:>7}{others:>6.0f} %")
    return "\n".join(rows)


def bars_table(bars: Iterable[Bar]) -> str:
    """Promises against measurements."""
    return "\n".join([f"{'bar':<62}{'measured':>10}{'limit':>9}{'ratio':>7}", *(bar.row() for bar in bars)])


def shares(contestant: Contestant) -> str:
    """Where the seconds of the first run and of the median re-run went, play by play."""
    bare, later = contestant.runs[0], middle(contestant)
    rows = [f"{contestant.title}, by play{'':<30}"[:54].ljust(54) + f"{'first':>9}{'again':>9}"]
    rows.append(f"  {'Ansible starts and ends':<50}{bare.start_up:>9.2f} s{later.start_up:>7.2f} s")
    for name, seconds in bare.plays.items():
        rows.append(f"  {name:<50}{seconds:>9.2f} s{later.plays.get(name, 0):>7.2f} s")
    return "\n".join(rows)


def profile(contestant: Contestant, limit: int = 40) -> str:
    """The tasks that cost most, on bare hosts and again."""
    parts = []
    for title, run in (("first", contestant.runs[0]), ("again", middle(contestant))):
        here = sum(task["seconds"] for task in run.tasks if is_local(task))
        away = sum(task["seconds"] for task in run.tasks if not is_local(task) and task["action"])
        counts = [sum(is_local(task) is side for task in steps(run)) for side in (True, False)]
        parts.append(
            f"{contestant.title}, {title}: {run.timed.seconds:.2f} s. {counts[0]} tasks on the control node {here:.2f} s,"
        )
        parts.append(f"{counts[1]} on hosts {away:.2f} s, start and end of Ansible {run.start_up:.2f} s")
        for task in sorted(run.tasks, key=lambda task: -task["seconds"])[:limit]:
            side = "here" if is_local(task) else "    "
            parts.append(f"{task['seconds']:>9.3f} s  {side}  {task['hosts']:>2} hosts  {task['play'][:28]:<28}  {task['name']}")
    return "\n".join(parts)


def is_local(task: dict) -> bool:
    """Whether the task is done without the host."""
    return task["action"].rpartition(".")[2] in LOCAL


def steps(run: Run) -> list[dict]:
    """Tasks that ran on any host."""
    return [task for task in run.tasks if task["hosts"]]


def middle(contestant: Contestant) -> Run:
    """The re-run that took the median time."""
    later = sorted(contestant.runs[1:], key=lambda run: run.timed.seconds)
    return later[(len(later) - 1) // 2]
