"""The relay benchmark: addresses and datagrams a second, and memory, of the relay that we take and of another, in one run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys

from benchmarks.forwarding.machine import WORK, BenchmarkError, say, wait_for_quiet

from . import load
from .contestants import CONTESTANTS, Contestant, running

CALLERS, CROWD, ALLOWED_LOSS = 16, 2000, 0.01
RATES = (2000, 5000, 10_000, 15_000, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 130_000, 160_000)
KINDS = {"voice": 172, "video": 1200}
STEADY = 5000
COLUMNS = {
    "addresses": "addresses/s",
    "address_ms": "ms of processor each",
    "idle_mb": "MB idle",
    "crowd_mb": f"MB with {CROWD:,}",
    "voice_rate": "voice datagrams/s",
    "voice_us": "us of processor each",
    "video_mbit": "video Mbit/s",
    "video_us": "us of processor each",
}


def main() -> int:
    """Exit code 0, or 1 when it could not measure."""
    parser = argparse.ArgumentParser(prog="benchmarks/relay/run", description="What a relay for calls can carry. See README.md.")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="rounds, in turns; medians are printed (3)")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("benchmark: makes network namespaces and a Debian of its own, which needs root", file=sys.stderr)
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    say(f"load {os.getloadavg()[0]:.1f}; {os.cpu_count()} processors")
    rounds: dict[str, list[dict[str, float]]] = {one.name: [] for one in CONTESTANTS}
    try:
        for _round in range(options.times):
            for one in CONTESTANTS:
                wait_for_quiet()
                rounds[one.name].append(measure(one))
                say(f"{one.name}: {', '.join(f'{key} {value:.3g}' for key, value in rounds[one.name][-1].items())}")
    except (BenchmarkError, KeyboardInterrupt) as error:
        print(f"benchmark: {error or 'interrupted'}", file=sys.stderr)
        return 1
    middle = {name: {key: statistics.median(row[key] for row in rows) for key in COLUMNS} for name, rows in rounds.items()}
    print(f"\n{table(middle)}\n\nload {os.getloadavg()[0]:.1f}")
    (WORK / "relay.json").write_text(json.dumps(rounds, indent=1))
    return 0


def measure(one: Contestant) -> dict[str, float]:
    """One round of one relay."""
    street = load.Street()
    with running(one, street.relay) as relay:
        found = {"idle_mb": relay.megabytes()}
        before = relay.seconds()
        made, seconds = load.crowd(street, CROWD)
        found |= {"addresses": CROWD / seconds, "address_ms": (relay.seconds() - before) / CROWD * 1000}
        found["crowd_mb"] = relay.megabytes()
        load.leave(made[CALLERS:])
        callers = made[:CALLERS]
        load.bind(callers)
        for kind, size in KINDS.items():
            before = relay.seconds()
            steady = load.flow(street, callers, size, STEADY, 3)
            found[f"{kind}_us"] = (relay.seconds() - before) / max(steady.arrived * 3, 1) * 1e6
            best = most(street, callers, size)
            found["voice_rate" if kind == "voice" else "video_mbit"] = best if kind == "voice" else best * size * 8 / 1e6
        for line, _turn in callers:
            line.close()
    return found


def most(street: load.Street, callers: list, size: int) -> float:
    """Datagrams a second that arrive with hardly a loss, at the best of the rates; two misses end the search."""
    best, missed = 0.0, 0
    for rate in RATES:
        found = load.flow(street, callers, size, rate, 1.5)
        if found.lost <= ALLOWED_LOSS:
            best, missed = max(best, found.arrived), 0
        elif (missed := missed + 1) == 2:
            break
    return best


def table(rows: dict[str, dict[str, float]]) -> str:
    """A column for each relay."""
    lines = ["".join([f"{'':<26}", *(f"{name:>20}" for name in rows)])]
    for key, words in COLUMNS.items():
        lines.append(
            "".join(
                [f"{words:<26}", *(f"{row[key]:>20,.2f}" if row[key] < 10 else f"{row[key]:>20,.0f}" for row in rows.values())]
            )
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
