"""Sends a flow through foreign rules in thought: does every chain let it pass?

Three-valued: a test that cannot be judged may hold or not, and both ways are followed.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import lru_cache

from . import addresses
from .ruleset import ACCEPT, DROP, GOTO, JUMP, RETURN, TRANSLATE, Chain, Condition, Flow, Rule, Table

PASSES = "passes"
MAY_DROP = "may drop"
DROPS = "drops"
_DEPTH = 32  # the kernel allows 16 jumps


@dataclass(frozen=True)
class Judgement:
    """What a table does to a flow, and the places (chain and reason) that drop it."""

    outcome: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Translation:
    """A rule that gives a flow another destination, the chain it stands in, and whether it is certain."""

    chain: str
    rule: Rule
    certain: bool


@dataclass(frozen=True)
class _Ways:
    """Every end that a flow may come to in a chain; ``through`` when it may leave by the chain's end."""

    accepted: bool = False
    dropped: frozenset[str] = frozenset()
    through: bool = False
    translated: tuple[tuple[str, Rule], ...] = ()

    def join(self, other: _Ways) -> _Ways:
        return _Ways(
            self.accepted or other.accepted,
            self.dropped | other.dropped,
            self.through or other.through,
            (*self.translated, *other.translated),
        )


def judge(table: Table, flow: Flow) -> Judgement:
    """What all base chains of the table at the flow's hook do to it."""
    if not _concerns(table, flow):
        return Judgement(PASSES)
    outcome, places = PASSES, frozenset[str]()
    for chain in table.base(flow.hook):
        ways = _chain(table, chain, flow, 0)
        if ways.through:
            dropped = frozenset([f"chain {chain.name}, policy drop"]) if chain.policy == DROP else frozenset()
            ways = ways.join(_Ways(accepted=chain.policy != DROP, dropped=dropped))
        places |= ways.dropped
        if ways.dropped and not (ways.accepted or ways.translated):
            outcome = DROPS
        elif ways.dropped and outcome == PASSES:
            outcome = MAY_DROP
    return Judgement(outcome, tuple(sorted(places)))


def translations(table: Table, flow: Flow) -> list[Translation]:
    """The rules of the table that an arriving flow may get another destination from."""
    found: list[Translation] = []
    if _concerns(table, flow):
        for chain in table.base(flow.hook):
            ways = _chain(table, chain, flow, 0)
            certain = not (ways.accepted or ways.dropped or ways.through)
            found.extend(Translation(name, rule, certain) for name, rule in ways.translated)
    return found


def _concerns(table: Table, flow: Flow) -> bool:
    return table.family == "inet" or table.family == {"ipv4": "ip", "ipv6": "ip6"}[flow.family]


def _chain(table: Table, chain: Chain, flow: Flow, depth: int) -> _Ways:
    ways = _Ways()
    if depth > _DEPTH:
        return _Ways(through=True)
    for rule in chain.rules:
        held = holds(rule, flow)
        if held is False:
            continue
        found = _verdict(table, chain, rule, flow, depth)
        ways = ways.join(replace(found, through=False))
        if rule.verdict == JUMP and found.through:
            continue
        if found.through:  # return, or a goto whose chain ended
            ways = replace(ways, through=True)
        if held:
            return ways
    return replace(ways, through=True)


def _verdict(table: Table, chain: Chain, rule: Rule, flow: Flow, depth: int) -> _Ways:
    if rule.verdict in (JUMP, GOTO):
        target = table.chains.get(rule.target)
        return _chain(table, target, flow, depth + 1) if target else _Ways(through=True)
    if rule.verdict == RETURN:
        return _Ways(through=True)
    if rule.verdict == ACCEPT:
        return _Ways(accepted=True)
    if rule.verdict == TRANSLATE:
        return _Ways(translated=((chain.name, rule),))
    return _Ways(dropped=frozenset([f"chain {chain.name}, {rule.verdict}"]))


def holds(rule: Rule, flow: Flow) -> bool | None:
    """Whether all tests of the rule hold; None when that cannot be said."""
    results = [passes(test, flow) for test in rule.tests]
    if False in results:
        return False
    return None if None in results else True


def passes(test: Condition, flow: Flow) -> bool | None:
    """Whether one test holds; None when that cannot be said."""
    found = _found(test, flow)
    return found if found is None else found != test.negated


def _found(test: Condition, flow: Flow) -> bool | None:
    if test.key in ("saddr", "daddr"):
        return _inside(flow.source if test.key == "saddr" else flow.destination, test.values)
    if test.key in ("iif", "oif"):
        name = flow.iif if test.key == "iif" else flow.oif
        return any(_named(name, value) for value in test.values)
    if test.key in ("dport", "sport"):
        port = flow.port if test.key == "dport" else flow.source_port
        return None if port is None else any(_port(port, value) for value in test.values)
    if test.key == "state":
        return flow.state in test.values or ("dnat" in test.values and flow.dnat)
    if test.key == "flags":
        return flow.protocol == "tcp" and any(_flagged(flow.flags, value) for value in test.values)
    known = {
        "family": flow.family,
        "protocol": flow.protocol,
        "status": "dnat" if flow.dnat else "",
        "from": "unicast",
        "to": "local" if flow.hook == "input" or flow.local else "unicast",
    }
    return known[test.key] in test.values if test.key in known else None


def _named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _flagged(flags: frozenset[str], value: str) -> bool:
    mask, _space, wanted = value.partition(" ")
    return flags & frozenset(mask.split(",")) == frozenset(wanted.split(",")) - {"NONE"}


def _port(port: int, value: str) -> bool:
    first, _dash, last = value.partition("-")
    return int(first) <= port <= int(last or first)


@lru_cache(maxsize=4096)  # the same few addresses are held against lists of thousands
def _inside(text: str | None, values: tuple[str, ...]) -> bool | None:
    if text is None:
        return None
    return any(_within(addresses.address(text), value) for value in values)


def _within(one: addresses.Address, value: str) -> bool:
    if "-" in value:
        low, _dash, high = value.partition("-")
        first, last = ipaddress.ip_address(low), ipaddress.ip_address(high)
        return one.version == first.version and int(first) <= int(one) <= int(last)
    return one in ipaddress.ip_network(value, strict=False)
