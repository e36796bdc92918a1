# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel's trace says of a packet: the way it took, and the rule that decided (nft, xtables-monitor). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .row import Row

_NFT_LINE = re.compile(r"^trace id (?P<id>\w+) (?P<chain>\S+ \S+ \S+) (?P<kind>packet:|rule|policy) ?(?P<words>.*)$")
_VERDICT = re.compile(r" \(verdict (?P<verdict>\w+)[^)]*\)$")
_XT_PACKET = re.compile(r"^PACKET: \d+ (?P<id>\w+) (?P<words>.*)$")
_XT_LINE = re.compile(
    r"^ ?TRACE: \d+ (?P<id>\w+) (?P<table>[^:]+):(?P<chain>[^:]+):(?P<kind>rule|policy):(?P<rest>\S+) *(?P<words>.*)$"
)
#: As iptables' rules have it, and not what counts here.
_COUNTER = re.compile(r"\bcounter packets \d+ bytes \d+ ?")
#: What ends a packet's way through one chain.
_ENDS = ("accept", "drop", "queue", "stolen")


@dataclass
class Way:
    """One packet's way: its description, and the rules and policies that ended a chain, as (chain, words, verdict)."""

    packet: str = ""
    ends: list[tuple[str, str, str]] = field(default_factory=list)
    #: How often it passed the table that starts the trace; an id may come again with a later packet of the flow.
    started: int = 0

    def end(self, chain: str, words: str, verdict: str) -> None:
        """Note what ended a chain, of the first packet alone."""
        if self.started < 2:
            self.ends.append((chain, _COUNTER.sub("", words), verdict))

    def decision(self) -> str:
        """The rule that dropped it, or else all that let it pass and changed it."""
        dropped = [end for end in self.ends if end[2] == "drop"]
        return "; ".join(f"{chain}: {words}" for chain, words, _verdict in (dropped[:1] or self.ends))


def read_nft(text: str) -> dict[str, Way]:
    """The packets of ``nft monitor trace``, by id, in the order of their first lines."""
    found: dict[str, Way] = {}
    for line in text.splitlines():
        match = _NFT_LINE.match(line.strip())
        if not match:
            continue
        way, words, ours = found.setdefault(match["id"], Way()), match["words"], " onprem_trace " in match["chain"]
        if match["kind"] == "packet:":
            way.packet = way.packet or words
            way.started += ours
        elif ours:
            continue
        elif match["kind"] == "policy":
            way.end(match["chain"], f"policy {words.split()[0]}", words.split()[0])
        elif (verdict := _VERDICT.search(words)) and verdict["verdict"] in _ENDS:
            way.end(match["chain"], words[: verdict.start()], verdict["verdict"])
    return found


def read_xtables(text: str) -> dict[str, Way]:
    """The packets of ``xtables-monitor --trace``, likewise."""
    found: dict[str, Way] = {}
    for line in text.splitlines():
        if match := _XT_PACKET.match(line):
            way = found.setdefault(match["id"], Way())
            way.packet = way.packet or match["words"]
        elif match := _XT_LINE.match(line):
            way, verdict = found.setdefault(match["id"], Way()), match["rest"].split(":")[-1].lower()
            chain = f"{match['table']} {match['chain']}"
            if match["table"] == "raw":
                way.started += match["kind"] == "policy"
            elif match["kind"] == "policy":
                way.end(chain, f"policy {verdict}", verdict)
            elif verdict in _ENDS:
                way.end(chain, match["words"].strip() or match["rest"], verdict)
    return found


def decision(ways: Iterable[Way], row: Row, port: int) -> str | None:
    """What became of the row's own packet, else of the answer to it; None when neither was traced."""
    question = answer = ""
    for way in ways:
        words = way.packet.split()
        numbers = {word for word in words if word.isdigit()} | {word.partition("=")[2] for word in words if "PORT=" in word}
        if row.ported and str(port) not in numbers:
            continue
        addresses = {word.partition("=")[2] or word for word in words}
        if row.destination in addresses and (not row.source or row.source in addresses) and not question:
            question = way.decision()
        elif not answer and any(end[2] == "drop" for end in way.ends):
            answer = way.decision()
    if answer:
        return f"the answer: {answer}"
    return question or None
