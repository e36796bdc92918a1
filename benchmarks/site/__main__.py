"""The site benchmark: builds the same server three ways, and the lab's five hosts, and holds the times against the bars."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.state import run as command

from . import report
from .capture import capture
from .contestants import Contestant, Flat, Ours, Script, check, fresh, play
from .machine import CHECKOUT, QUIET, WORK, BenchmarkError, Site, Timed, say
from .report import Bar

SCRIPT_RATIO, FLAT_RATIO, ONE_SECONDS, FIVE_SECONDS, UP_SECONDS = 2.5, 0.5, 8, 15, 15


@dataclass
class Result:
    """Everything that was measured."""

    contestants: list[Contestant] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


def main() -> int:
    """Exit code 0, also when a bar is missed: a benchmark is no timed test. With --strict 3 then. 1 when it could not measure."""
    options = arguments()
    fresh(WORK)
    result = Result()
    parts = {"one": one_server, "desk": with_desk, "five": five_hosts}
    say(f"load {load()}; {os.cpu_count()} processors")
    try:
        command(CHECKOUT / "lab/lab", "base")
        for name in options.only or parts:
            parts[name](result, options.again)
    except (BenchmarkError, KeyboardInterrupt) as error:
        print(f"benchmark: {error or 'interrupted'}", file=sys.stderr)
        return 1
    show(result, options.profile)
    return 3 if options.strict and not all(bar.held for bar in result.bars) else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks/site/run", description="How long a site takes, as ratios. See README.md.")
    parser.add_argument("--only", action="append", choices=["one", "desk", "five"], help="a part of it; may be given again")
    parser.add_argument("--again", type=int, default=3, metavar="N", help="unchanged re-runs, whose median counts (3)")
    parser.add_argument("--profile", action="store_true", help="show which tasks of our playbook took how long")
    parser.add_argument("--strict", action="store_true", help="exit code 3 when a bar is missed")
    return parser.parse_args()


def load() -> str:
    """The machine's load averages."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


@contextlib.contextmanager
def labs(*sites: Site) -> Iterator[None]:
    """Labs that go whatever happens."""
    try:
        yield
    finally:
        for site in sites:
            site.down()


def one_server(result: Result, times: int) -> None:
    """One server: our playbook, the script, the flat playbook. Their re-runs take turns, so that all see the same machine."""
    ours = Ours("airgap.yml, one server", Site("bench-ours", "minimal"), inventory="benchmarks/site/one_server")
    script = Script("shell script", Site("bench-script", "minimal"))
    flat = Flat("flat playbook", Site("bench-flat", "minimal"))
    with labs(ours.site, script.site, flat.site):
        ours.site.up()
        ours.run()
        files = capture(ours.site, "chat")
        for rival in (script, flat):
            rival.prepare(files)
            rival.site.up()
            rival.run()
            check(rival)
        for _ in range(times):
            for contestant in (ours, script, flat):
                contestant.run()
        nothing = play("empty", ours.site, CHECKOUT / "benchmarks/site/one_server", CHECKOUT / "benchmarks/site/empty.yml", {})
    say(f"an empty playbook: {nothing.timed.seconds:.2f} s")
    result.contestants += [script, flat, ours]
    result.bars += [
        Bar("one server, first run: times the shell script's", report.first(ours) / report.first(script), SCRIPT_RATIO, ""),
        Bar("one server, again: times the flat playbook's", report.again(ours) / report.again(flat), FLAT_RATIO, ""),
        Bar("one server, again", report.again(ours), ONE_SECONDS, "s"),
        Bar("one server, again: tasks that change something", report.changed(ours), 0, ""),
    ]


def with_desk(result: Result, times: int) -> None:
    """One server and a managed desk, as inventories/lab_minimal has them."""
    ours = Ours("airgap.yml, one server and a desk", Site("bench-desk", "minimal"), inventory="inventories/lab_minimal")
    repeat(ours, times)
    result.contestants.append(ours)


def five_hosts(result: Result, times: int) -> None:
    """The lab of the demo."""
    ours = Ours("airgap.yml, five hosts", Site("bench-five", "airgap"), inventory="inventories/lab")
    up = repeat(ours, times)
    result.contestants.append(ours)
    result.bars += [
        Bar("five hosts, again", report.again(ours), FIVE_SECONDS, "s"),
        Bar("five hosts, again: tasks that change something", report.changed(ours), 0, ""),
        Bar("a lab of five hosts is up", up.seconds, UP_SECONDS, "s"),
    ]


def repeat(ours: Ours, times: int) -> Timed:
    """Up, once on bare hosts, and again."""
    with labs(ours.site):
        up = ours.site.up()
        for _ in range(times + 1):
            ours.run()
    return up


def show(result: Result, profile: bool) -> None:
    """The tables, and what makes them doubtful."""
    ours = [one for one in result.contestants if isinstance(one, Ours)]
    print(f"\n{report.contestants_table(result.contestants)}")
    for one in ours:
        print(f"\n{report.shares(one)}")
    if profile:
        for one in ours:
            print(f"\n{report.profile(one)}")
    if result.bars:
        print(f"\n{report.bars_table(result.bars)}")
    others = max((run.timed.others for one in result.contestants for run in one.runs), default=0)
    print(f"\nload {load()}; something else had up to {others:.0f} % of the machine during a measurement")
    if others > QUIET:
        print("That is much: take the seconds for nothing and the ratios with care.")
    rows = {one.title: [run.timed.seconds for run in one.runs] for one in result.contestants}
    (WORK / "result.json").write_text(json.dumps({"seconds": rows, "bars": [vars(bar) for bar in result.bars]}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
