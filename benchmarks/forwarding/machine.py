"""Where the benchmark works, and its words to whoever runs it."""

from __future__ import annotations

from benchmarks.site.machine import BenchmarkError, say, wait_for_quiet
from lab.state import CHECKOUT

__all__ = ["CHECKOUT", "WORK", "BenchmarkError", "say", "wait_for_quiet"]

WORK = CHECKOUT / ".cache/benchmark-forwarding"
