"""The bundle benchmark: building, verifying and overhead, on the lab's cache and key, held against the bars."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.site.report import Bar, bars_table

CHECKOUT = Path(__file__).parents[2]
CACHE, KEY = CHECKOUT / ".cache/bundle-downloads", CHECKOUT / ".cache/bundle-key"
AGAIN_SECONDS, FULL_CACHE_SECONDS, VERIFY_RATIO, OVERHEAD = 15, 60, 2, 1.1
PAYLOADS = ("debian/pool/", "python/wheels/", "collections/", "web/", "operator/")


def timed(command: Sequence[str | os.PathLike[str]], cwd: Path = CHECKOUT) -> float:
    """Seconds that a command takes; it has to succeed."""
    start = time.monotonic()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
    return time.monotonic() - start


def build(dest: Path) -> float:
    """Seconds of one run of the playbook."""
    options = {"offline_bundle_dest": str(dest), "offline_bundle_cache": str(CACHE), "offline_bundle_signing_key": str(KEY)}
    return timed(["ansible-playbook", "-i", "localhost,", "playbooks/bundle.yml", "-e", json.dumps(options)])


def verifying(bundle: Path, times: int) -> tuple[float, float]:
    """Median seconds of verify.sh and of plain sha256sum over the same files, taking turns on a warm page cache."""
    script = ["sh", bundle / "verify.sh", "--signers", f"{KEY}.signers", bundle]
    plain = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    timed(plain, bundle)
    pairs = [(timed(script), timed(plain, bundle)) for _ in range(times)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def sizes(bundle: Path) -> tuple[int, int]:
    """Bytes of the whole bundle and of what it is for."""
    files = {path.relative_to(bundle).as_posix(): path.stat().st_size for path in bundle.rglob("*") if path.is_file()}
    return sum(files.values()), sum(size for name, size in files.items() if name.startswith(PAYLOADS))


def main() -> int:
    """Exit code 0, also when a bar is missed: a benchmark is no timed test. With --strict 3 then."""
    parser = argparse.ArgumentParser(prog="benchmarks/bundle/run", description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="how often what is repeated is repeated (3)")
    parser.add_argument("--strict", action="store_true", help="exit code 3 when a bar is missed")
    options = parser.parse_args()
    print(f"load {' '.join(f'{value:.1f}' for value in os.getloadavg())}; {os.cpu_count()} processors", flush=True)
    with tempfile.TemporaryDirectory(dir=CHECKOUT / ".cache", prefix="benchmark-bundle-") as folder:
        first = build(Path(folder))
        again = median(build(Path(folder)) for _ in range(options.times))
        bundle = (Path(folder) / "latest").resolve()
        script, plain = verifying(bundle, options.times)
        whole, payload = sizes(bundle)
    print(f"bundle of {whole / 1e6:.0f} MB; verify.sh {script:.2f} s, sha256sum {plain:.2f} s\n")
    bars = [
        Bar("an unchanged bundle, built again", again, AGAIN_SECONDS, "s"),
        Bar("a bundle from a filled cache", first, FULL_CACHE_SECONDS, "s"),
        Bar("verify.sh: times plain sha256sum over the same files", script / plain, VERIFY_RATIO, ""),
        Bar("size: times the sum of the payloads", whole / payload, OVERHEAD, ""),
    ]
    print(bars_table(bars))
    return 3 if options.strict and not all(bar.held for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
