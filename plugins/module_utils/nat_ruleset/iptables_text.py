# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of iptables-restore: which lines are ours, and the text that turns what runs into what is wanted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .model import PREFIX

_JUMP = re.compile(r"-[AI] (?P<chain>PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)(?: 1)? (?P<rest>(?:.* )?-j " + PREFIX + r"\w+)")
_RULE = re.compile(r"-A (?P<chain>\S+) ")


@dataclass
class Table:
    """Our share of one table: C(chains) with their rules, C(jumps) into them from built-in chains, and C(foreign) lines."""

    chains: dict[str, list[str]] = field(default_factory=dict)
    jumps: list[tuple[str, str]] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def used(self) -> bool:
        """Whether there is anything of ours."""
        return bool(self.chains or self.jumps)


def parse(text: str) -> dict[str, Table]:
    """The tables of a text that iptables-save or a renderer wrote."""
    tables: dict[str, Table] = {}
    table = Table()
    for raw in text.splitlines():
        line = re.sub(r"^\[\d+:\d+\] ", "", raw.strip())
        if not line or line.startswith("#") or line == "COMMIT":
            continue
        if line.startswith("*"):
            table = tables.setdefault(line[1:], Table())
        elif line.startswith(f":{PREFIX}"):
            table.chains.setdefault(line[1:].split()[0], [])
        else:
            _rule(table, line)
    return tables


def _rule(table: Table, line: str) -> None:
    jump, rule = _JUMP.fullmatch(line), _RULE.match(line)
    if jump:
        table.jumps.append((jump["chain"], jump["rest"]))
    elif rule and rule["chain"].startswith(PREFIX):
        table.chains.setdefault(rule["chain"], []).append(line)
    else:
        table.foreign.append(line)


def canonical(text: str) -> str:
    """Our share of a listing in one spelling; empty when there is nothing of ours.

    A jump that stands there twice is two lines; where it stands among the rules of others is theirs to say.
    """
    lines: list[str] = []
    for name, table in sorted(parse(text).items()):
        if table.used:
            lines.append(f"*{name}")
            lines.extend(f":{chain}" for chain in sorted(table.chains))
            lines.extend(f"-A {chain} {rest}" for chain, rest in sorted(table.jumps))
            lines.extend(rule for chain in sorted(table.chains) for rule in table.chains[chain])
    return "\n".join(lines) + "\n" if lines else ""


def trespass(before: str, after: str) -> list[str]:
    """Lines that are not ours and came with a ruleset; I(before) and I(after) are listings of iptables-save."""
    known = _foreign(before)
    return [line for line in _foreign(after) if line not in known]


def _foreign(text: str) -> list[str]:
    """Foreign lines by table; a built-in chain that accepts is what every table begins with."""
    found = []
    for name, table in parse(text).items():
        for line in table.foreign:
            bare = re.sub(r" \[\d+:\d+\]$", "", line)
            if not re.fullmatch(r":[A-Z]+ ACCEPT", bare):
                found.append(f"{name}: {bare}")
    return found


def batch(wanted: str, live: str) -> str:
    """The text for C(iptables-restore --noflush) that makes our share of I(live) the one in I(wanted).

    Chains are emptied and filled again; a jump that is there already stays where it is, a lost one is inserted at the top,
    a repeated one is taken out. Nothing else is named.
    """
    target, present = parse(wanted), parse(live)
    names = [name for name in sorted({*target, *present}) if target.get(name, Table()).used or present.get(name, Table()).used]
    lines: list[str] = []
    for name in names:
        lines.extend(_section(name, target.get(name, Table()), present.get(name, Table())))
    return "".join(f"{line}\n" for line in lines)


def _section(name: str, target: Table, present: Table) -> Iterable[str]:
    gone = sorted(set(present.chains) - set(target.chains))
    yield f"*{name}"
    for chain in sorted(target.chains):
        yield f":{chain} - [0:0]"
    kept: list[tuple[str, str]] = []
    for jump in present.jumps:
        if jump in target.jumps and jump not in kept:
            kept.append(jump)
        else:
            yield f"-D {jump[0]} {jump[1]}"
    for chain in gone:
        yield f"-F {chain}"
    for chain in sorted(target.chains):
        yield from target.chains[chain]
    for chain, rest in target.jumps:
        if (chain, rest) not in kept:
            yield f"-I {chain} 1 {rest}"
    for chain in gone:
        yield f"-X {chain}"
    yield "COMMIT"
