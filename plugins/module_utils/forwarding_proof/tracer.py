# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule decided: rows are asked once more while the kernel traces their packets."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from .batches import batches
from .engine import Engine
from .network import Network, run, tool
from .row import ROUTER, Row
from .trace import Way, decision, read_nft, read_xtables

_NFT = """table inet onprem_trace {
  chain enter {
    type filter hook prerouting priority -500
    meta nftrace set 1
  }
  chain leave {
    type filter hook output priority -500
    meta nftrace set 1
  }
}
"""
_IPTABLES = """*raw
-I PREROUTING -j TRACE
-I OUTPUT -j TRACE
COMMIT
"""


def _until(done: Callable[[], bool], pause: float = 0.01, most: float = 5) -> None:
    """Wait until something is so, or long enough."""
    end = time.monotonic() + most
    while time.monotonic() < end:
        time.sleep(pause)
        if done():
            return


def _listens(pid: int) -> bool:
    """Whether a monitor, which says nothing of itself, has joined a group of netfilter's events."""
    try:
        lines = Path(f"/proc/{pid}/net/netlink").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(words[1] == "12" and int(words[3], 16) for words in map(str.split, lines))


def _settled(fd: int) -> None:
    """Wait until something is in a file and it has stopped growing; xtables-monitor looks up every rule that it names."""
    sizes = [0]

    def still() -> bool:
        sizes.append(os.fstat(fd).st_size)
        return 0 < sizes[-1] == sizes[-2]

    _until(still, 0.2)


class Tracer:
    """Traces rows in the router of a network."""

    def __init__(self, network: Network, engine: Engine) -> None:
        self._network, self._engine = network, engine
        self._read: Callable[[str], dict[str, Way]] = read_nft
        self._command: list[str] = []
        with network.inside(ROUTER):
            self._prepare(network.backend)

    def _prepare(self, backend: str) -> None:
        nft, monitor = tool("nft"), tool("xtables-monitor")
        if nft and not run([nft, "-f", "-"], _NFT):
            self._command = [nft, "monitor", "trace"]
        elif backend == "iptables" and monitor:  # 1.8.9 ends at an IPv6 rule with a port: the second choice
            tools = [path for name in ("iptables-restore", "ip6tables-restore") if (path := tool(name))]
            if not any(run([path, "--noflush"], _IPTABLES) for path in tools):
                self._command, self._read = [monitor, "--trace"], read_xtables
        if self._command and (stdbuf := tool("stdbuf")):  # xtables-monitor keeps its last lines to itself when it is ended
            self._command = [stdbuf, "-oL", *self._command]

    def decided_by(self, rows: Sequence[Row]) -> list[str | None]:
        """The rule that decides each row now; None when this machine cannot tell."""
        found: dict[int, str | None] = {}
        for batch in batches(rows, len(rows)) if self._command else ():
            found.update(self._batch(batch))
        return [found.get(id(row)) for row in rows]

    def _batch(self, rows: Sequence[Row]) -> dict[int, str | None]:
        with tempfile.TemporaryFile("w+") as output:  # a pipe that nobody reads would hold the monitor up
            with self._network.inside(ROUTER):
                monitor = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
            _until(lambda: _listens(monitor.pid))
            flows = self._engine.ask(rows)
            _settled(output.fileno())
            monitor.terminate()
            monitor.wait()
            output.seek(0)
            ways = list(self._read(output.read()).values())
        return {id(flow.row): decision(ways, flow.row, flow.port) for flow in flows}
