"""Answers one HTTP request on standard input and output with the figures of the relay, as Prometheus reads them.

turn_relay_metrics.py FIRST-LAST QUOTA. An allocation is a socket of ours on a port that is relayed from; packets and bytes are
what the fence has counted since it was loaded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

COUNTERS = {
    "sent": "sent from relayed addresses",
    "received": "received on relayed addresses",
    "refused": "kept from going where the relay must not lead to",
}


def allocations(first: int, last: int) -> int:
    """Sockets of this account on the ports."""
    found = 0
    for row in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        words = row.split()
        found += int(words[7]) == os.getuid() and first <= int(words[1].rpartition(":")[2], 16) <= last
    return found


def counters() -> dict[str, tuple[int, int]]:
    """Packets and bytes of each counter; none without the fence."""
    listed = ["/usr/sbin/nft", "--json", "list", "counters", "table", "inet", "onprem_chat_relay"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False, timeout=5)
    rows = json.loads(done.stdout)["nftables"] if done.returncode == 0 else []
    named = [row["counter"] for row in rows if "counter" in row]
    return {row["name"]: (row["packets"], row["bytes"]) for row in named if row["name"] in COUNTERS}


def metric(name: str, kind: str, words: str, value: int) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} {kind}", f"{name} {value}"]


def figures(first: int, last: int, quota: int) -> str:
    """The whole page."""
    counted = counters()
    rows = metric("turn_relay_allocations", "gauge", "Relayed addresses that are lent now.", allocations(first, last))
    rows += metric("turn_relay_allocations_limit", "gauge", "Relayed addresses that may be lent at a time.", quota)
    rows += metric("turn_relay_fence_up", "gauge", "Whether the kernel's fence stands.", int(bool(counted)))
    for name, words in COUNTERS.items():
        if name in counted:
            packets, size = counted[name]
            rows += metric(f"turn_relay_{name}_packets_total", "counter", f"Packets {words}.", packets)
            rows += metric(f"turn_relay_{name}_bytes_total", "counter", f"Bytes {words}, with their IP headers.", size)
    return "".join(f"{row}\n" for row in rows)


def main() -> int:
    request = sys.stdin.buffer.readline(4096).split()
    while sys.stdin.buffer.readline(4096).strip():
        pass  # the request's headers
    ask, path = [*request, b"", b""][:2]
    status, body = "200 OK", ""
    if ask != b"GET" or path != b"/metrics":
        status, body = "404 Not Found", "GET /metrics\n"
    else:
        first, last = (int(word) for word in sys.argv[1].split("-"))
        body = figures(first, last, int(sys.argv[2]))
    head = (f"HTTP/1.1 {status}", "Content-Type: text/plain; version=0.0.4", f"Content-Length: {len(body)}", "Connection: close")
    sys.stdout.buffer.write("\r\n".join((*head, "", body)).encode())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
