"""The forwarding benchmark: what rules cost to make, to load and to pass, against limits and rivals of the same run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator

from . import compute, connect, proof, replace
from .machine import WORK, BenchmarkError, say
from .report import Bar, table

COMPUTE_SECONDS, COMPUTE_MEGABYTES, RIVALS_TIMES = {10_000: 1, 100_000: 10}, 400, 3
CONNECT_PERCENT = {"nftables": 5, "iptables": 15}
CONNECTIONS, LOADS = 5000, 20
PROOF_FLOWS = {"tcp": 2000, "udp": 5000}
MANY, FEW = 10_000, 1000


def main() -> int:
    """Exit code 0, also when a bar is missed: a benchmark is no timed test. With --strict 3 then. 1 when it could not measure."""
    options = arguments()
    if os.geteuid() != 0:
        print("benchmark: makes network namespaces and a Debian of its own, which needs root", file=sys.stderr)
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    bars: list[Bar] = []
    say(f"load {os.getloadavg()[0]:.1f}; {os.cpu_count()} processors")
    parts = {"compute": costs, "connect": connections, "replace": replacement, "proof": proofs, "rivals": rivals}
    try:
        for name in options.only or parts:
            bars += parts[name](options)
    except (BenchmarkError, KeyboardInterrupt) as error:
        print(f"benchmark: {error or 'interrupted'}", file=sys.stderr)
        return 1
    print(f"\n{table(bars)}\n\nload {os.getloadavg()[0]:.1f}")
    (WORK / "result.json").write_text(json.dumps([vars(bar) for bar in bars], indent=1))
    return 3 if options.strict and not all(bar.held for bar in bars) else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks/forwarding/run", description="What forwards cost. See README.md.")
    parts = ["compute", "connect", "replace", "proof", "rivals"]
    parser.add_argument("--only", action="append", choices=parts, help="a part of it; may be given again")
    parser.add_argument(
        "--times", type=int, default=3, metavar="N", help="runs, of rules that are loaded the fastest counts, else the median (3)"
    )
    parser.add_argument("--full", action="store_true", help="also the slow rivals with 10,000 forwards: ten minutes more")
    parser.add_argument("--strict", action="store_true", help="exit code 3 when a bar is missed")
    return parser.parse_args()


def costs(options: argparse.Namespace) -> Iterator[Bar]:
    """Parse, check, compute and render."""
    for count, limit in COMPUTE_SECONDS.items():
        cost = compute.cost(count, options.times)
        say(f"rules of {count} forwards: {cost.seconds:.2f} s, {cost.megabytes:.0f} MB")
        yield Bar(f"rules of {count:,} forwards, a service each: processor time", cost.seconds, limit, "s")
        if count == max(COMPUTE_SECONDS):
            yield Bar(f"rules of {count:,} forwards, a service each: memory at most", cost.megabytes, COMPUTE_MEGABYTES, "MB")


def connections(options: argparse.Namespace) -> Iterator[Bar]:
    """Connection set-up at many forwards against two."""
    positions = connect.measure(MANY, rounds=20 * options.times)
    for one in positions:
        say(f"connect through {one.target}, {one.count} forwards, {one.name}: {one.p50:.1f} us (p50)")
    for target, limit in CONNECT_PERCENT.items():
        base = next(one for one in positions if one.target == target and one.count == 2)
        for one in positions:
            if one.target == target and one.count == MANY:
                more = 100 * (one.p50 / base.p50 - 1)
                yield Bar(f"connect, {target}, {one.name} of {MANY:,} forwards: more than with 2", more, limit, "%")


def replacement(_options: argparse.Namespace) -> Iterator[Bar]:
    """Whole tables replaced under load; and the same done wrongly, which has to show."""
    good = replace.measure(MANY, CONNECTIONS, LOADS)
    say(f"{good.loads} tables in {good.seconds:.1f} s under load: {good.made} connections, {good.failed} failed")
    yield Bar(f"table of {MANY:,} forwards replaced {good.loads} times: connections failed", good.failed, 0)
    yield Bar("  of connections", good.made + good.failed, CONNECTIONS, least=True)
    bad = replace.measure(MANY, 100, LOADS // 4, leaky=True)
    yield Bar("  the same, deleted first (has to fail, or this would see nothing)", bad.failed, 1, least=True)


def proofs(options: argparse.Namespace) -> Iterator[Bar]:
    """Flows that the proof sends in a second."""
    rates = proof.measure(options.times)
    for protocol, limit in PROOF_FLOWS.items():
        yield Bar(f"proof: {protocol.upper()} flows a second", rates[protocol], limit, least=True)


def rivals(options: argparse.Namespace) -> Iterator[Bar]:
    """Rules made and loaded, times ours with nftables at the same number of forwards."""
    races = compute.race(MANY, FEW, options.times, options.full)
    base = {one.count: one for one in races if one.name == "onprem.chat, nftables"}
    for one in races:
        ours = base[one.count]
        if one is ours:
            say(f"made and loaded {one.count} forwards with nftables: {one.best:.2f} s")
        elif one.name.startswith("onprem.chat"):
            say(f"made and loaded {one.count} forwards with iptables: {one.best:.2f} s")
        elif one.error or not one.seconds:
            raise BenchmarkError(f"{one.name}: {one.error}")
        else:
            what = f"made and loaded {one.count:,} forwards: {one.name} {one.best:.2f} s, times ours ({ours.best:.2f} s)"
            yield Bar(what, one.best / ours.best, RIVALS_TIMES, least=True)


if __name__ == "__main__":
    sys.exit(main())
