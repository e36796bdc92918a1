# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule decided: a row is asked once more while the kernel traces its packets (nft monitor trace, xtables-monitor)."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Callable

from .engine import Engine
from .network import Network, run, tool
from .row import ROUTER, Row

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
_NFT_LINE = re.compile(r"^trace id (?P<id>\w+) (?P<chain>\S+ \S+ \S+) (?P<kind>packet:|rule|policy) ?(?P<words>.*)$")
_VERDICT = re.compile(r" \(verdict (?P<verdict>\w+)[^)]*\)$")
_XT_PACKET = re.compile(r"^PACKET: \d+ (?P<id>\w+) (?P<words>.*)$")
_XT_LINE = re.compile(
    r"^ ?TRACE: \d+ (?P<id>\w+) (?P<table>[^:]+):(?P<chain>[^:]+):(?P<kind>rule|policy):(?P<rest>\S+) *(?P<words>.*)$"
)
#: What ends a packet's way through one chain.
_ENDS = ("accept", "drop", "queue", "stolen")


@dataclass
class Path:
    """One packet's way: its description, and the rules and policies that ended a chain, as (chain, words, verdict)."""

    packet: str = ""
    ends: list[tuple[str, str, str]] = field(default_factory=list)
    #: How often it passed the table that starts the trace; an id may come again with a later packet of the flow.
    started: int = 0

    def end(self, chain: str, words: str, verdict: str) -> None:
        """Note what ended a chain, of the first packet alone."""
        if self.started < 2:
            self.ends.append((chain, words, verdict))

    def decision(self) -> str:
        """The rule that dropped it, or else all that let it pass and changed it."""
        dropped = [end for end in self.ends if end[2] == "drop"]
        return "; ".join(f"{chain}: {words}" for chain, words, _verdict in (dropped[:1] or self.ends))


def read_nft(text: str) -> dict[str, Path]:
    """The packets of ``nft monitor trace``, by id, in the order of their first lines."""
    found: dict[str, Path] = {}
    for line in text.splitlines():
        match = _NFT_LINE.match(line.strip())
        if not match:
            continue
        path, words, ours = found.setdefault(match["id"], Path()), match["words"], " onprem_trace " in match["chain"]
        if match["kind"] == "packet:":
            path.packet = path.packet or words
            path.started += ours
        elif ours:
            continue
        elif match["kind"] == "policy":
            path.end(match["chain"], f"policy {words.split()[0]}", words.split()[0])
        elif (verdict := _VERDICT.search(words)) and verdict["verdict"] in _ENDS:
            path.end(match["chain"], words[: verdict.start()], verdict["verdict"])
    return found


def read_xtables(text: str) -> dict[str, Path]:
    """The packets of ``xtables-monitor --trace``, likewise."""
    found: dict[str, Path] = {}
    for line in text.splitlines():
        if match := _XT_PACKET.match(line):
            path = found.setdefault(match["id"], Path())
            path.packet = path.packet or match["words"]
        elif match := _XT_LINE.match(line):
            path, verdict = found.setdefault(match["id"], Path()), match["rest"].split(":")[-1].lower()
            chain = f"{match['table']} {match['chain']}"
            if match["table"] == "raw":
                path.started += match["kind"] == "policy"
            elif match["kind"] == "policy":
                path.end(chain, f"policy {verdict}", verdict)
            elif verdict in _ENDS:
                path.end(chain, match["words"].strip() or match["rest"], verdict)
    return found


def decision(paths: Iterable[Path], row: Row, port: int) -> str | None:
    """What became of the row's own packet, else of the answer to it; None when neither was traced."""
    question = answer = ""
    for path in paths:
        words = path.packet.split()
        numbers = {word for word in words if word.isdigit()} | {word.partition("=")[2] for word in words if "PORT=" in word}
        if row.ported and str(port) not in numbers:
            continue
        addresses = {word.partition("=")[2] or word for word in words}
        if row.destination in addresses and (not row.source or row.source in addresses) and not question:
            question = path.decision()
        elif not answer and any(end[2] == "drop" for end in path.ends):
            answer = path.decision()
    if answer:
        return f"the answer: {answer}"
    return question or None


class Tracer:
    """Traces rows one at a time in the router of a network."""

    def __init__(self, network: Network, engine: Engine) -> None:
        self._network, self._engine = network, engine
        self._read: Callable[[str], dict[str, Path]] = read_nft
        self._command: list[str] = []
        with network.inside(ROUTER):
            self._prepare(network.backend)

    def _prepare(self, backend: str) -> None:
        monitor, restore, nft = tool("xtables-monitor"), tool("iptables-restore"), tool("nft")
        if backend == "iptables" and monitor and restore and not run([restore, "--noflush"], _IPTABLES):
            restore6 = tool("ip6tables-restore")
            if restore6:
                run([restore6, "--noflush"], _IPTABLES)
            self._command, self._read = [monitor, "--trace"], read_xtables
        elif nft and not run([nft, "-f", "-"], _NFT):
            self._command = [nft, "monitor", "trace"]

    def decided_by(self, row: Row) -> str | None:
        """The rule that decides a row now; None when this machine cannot tell."""
        if not self._command:
            return None
        with self._network.inside(ROUTER):
            monitor = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        try:
            time.sleep(0.1)  # it says nothing when it is ready
            flow = self._engine.ask([row])[0]
            time.sleep(0.1)
        finally:
            monitor.terminate()
            output = monitor.communicate()[0]
        return decision(self._read(output).values(), row, flow.port)
