"""Translations of others that take what we are to forward: of two rules for a packet the first one that sees it decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import addresses, lanes, owners, walk, withdrawals
from .finding import ERROR, FOREIGN_DNAT, WARNING, Finding
from .host import Host
from .question import Forward, Question
from .ruleset import TRANSLATE, Flow, Rule, Table

_SHOWN = 12


@dataclass(frozen=True)
class _Entry:
    """Where packets for a public address come in, and from whom; ``far`` when that is the outside."""

    interface: str
    source: str | None
    far: bool


@dataclass(frozen=True)
class _Reach:
    """What a rule can take at most, by its own tests alone; None is everything."""

    protocols: tuple[str, ...] | None
    spans: tuple[tuple[int, int], ...] | None

    def meets(self, forward: Forward) -> bool:
        if self.protocols is not None and forward.protocol not in self.protocols:
            return False
        if self.spans is None or forward.first is None or forward.last is None:
            return True
        return any(low <= forward.last and forward.first <= high for low, high in self.spans)


@dataclass(frozen=True)
class _Hit:
    """A port of a forward that a rule takes."""

    forward: Forward
    port: int | None
    far: bool
    certain: bool


def judge(tables: Iterable[Table], question: Question, host: Host, wan: tuple[str, ...], lan: tuple[str, ...]) -> list[Finding]:
    """One finding for each foreign rule that would send elsewhere what is to be forwarded."""
    seen = tuple(tables)
    found = []
    for table in seen:
        if question.forwards and table.translates:
            for (chain, rule), hits in _hits(table, question, host, wan, lan).items():
                owner = owners.translator(table, chain, seen)
                found.append(_told(table, chain, rule, hits, owner))
    return found


def _hits(
    table: Table, question: Question, host: Host, wan: tuple[str, ...], lan: tuple[str, ...]
) -> dict[tuple[str, Rule], list[_Hit]]:
    found: dict[tuple[str, Rule], list[_Hit]] = {}
    bounds, reaches = _bounds(table), _reaches(table)
    ways = {one.address: one.interface for one in question.publics}
    outside = (lanes.far(host, 4), *_strangers(table, host))
    inner = [_Entry(name, lanes.client(host, name), False) for name in lan]
    for forward in question.forwards:
        if addresses.address(forward.public).version != 4 or not any(one.meets(forward) for one in reaches):
            continue  # of thousands of forwards and rules hardly any meet
        outer = (ways[forward.public],) if forward.public in ways else wan
        for entry in (*(_Entry(name, source, True) for name in outer for source in outside), *inner):
            for flow in _flows(forward, entry, bounds, _local(question, host, forward.public)):
                for one in walk.translations(table, flow):
                    found.setdefault((one.chain, one.rule), []).append(_Hit(forward, flow.port, entry.far, one.certain))
    return found


def _local(question: Question, host: Host, public: str) -> bool:
    """Whether the kernel takes packets for the address as its own."""
    return host.owns(public) or any(one.address == public and one.presence == "secondary" for one in question.publics)


def _strangers(table: Table, host: Host) -> list[str]:
    """Somebody outside for each test on where a packet comes from: whom alone a rule may be meant for."""
    tests = (test for chain in table.chains.values() for rule in chain.rules for test in rule.tests)
    firsts = [_first(value) for test in tests if test.key == "saddr" for value in test.values[:1]]
    return [
        one for one in dict.fromkeys(firsts) if one and not any(addresses.address(one) in link.network for link in host.links)
    ]


def _first(value: str) -> str:
    """The first IPv4 address of a network or range; empty for IPv6."""
    return "" if ":" in value else value.partition("-")[0].partition("/")[0]


def _reaches(table: Table) -> list[_Reach]:
    """What the rules of the table that translate can take, each once."""
    rules = (rule for chain in table.chains.values() for rule in chain.rules if rule.verdict == TRANSLATE)
    return list(dict.fromkeys(_Reach(_values(rule, "protocol"), _spans(_values(rule, "dport"))) for rule in rules))


def _values(rule: Rule, key: str) -> tuple[str, ...] | None:
    """Those of the first test on the key that is not the other way round."""
    return next((test.values for test in rule.tests if test.key == key and not test.negated), None)


def _spans(values: tuple[str, ...] | None) -> tuple[tuple[int, int], ...] | None:
    if values is None:
        return None
    ends = [value.split("-") for value in values]
    return tuple((int(one[0]), int(one[-1])) for one in ends)


def _bounds(table: Table) -> list[int]:
    """Ports at which a rule of the table may begin or end to hold."""
    rules = (rule for chain in table.chains.values() for rule in chain.rules)
    values = (value for rule in rules for test in rule.tests if test.key == "dport" for value in test.values)
    ends = {int(end) for value in values for end in value.split("-") if end.isdigit()}
    return sorted({port for end in ends for port in (end - 1, end, end + 1)})


def _flows(forward: Forward, entry: _Entry, bounds: list[int], local: bool) -> Iterator[Flow]:
    """A packet for each port of the range that may meet with something else than its neighbours."""
    asked: list[int | None] = [forward.first, forward.last]
    if forward.first is not None and forward.last is not None and forward.first != forward.last:
        asked += [port for port in bounds if forward.first < port < forward.last]
    for port in dict.fromkeys(asked):
        yield Flow(
            str(forward),
            "ipv4",
            entry.interface,
            "",
            entry.source,
            forward.public,
            forward.protocol,
            port,
            arriving=True,
            local=local,
        )


def _told(table: Table, chain: str, rule: Rule, hits: list[_Hit], owner: str) -> Finding:
    """An error only when somebody outside is certainly led elsewhere than to where our rule leads."""
    far, certain = any(hit.far for hit in hits), any(hit.certain for hit in hits)
    forwards = list(dict.fromkeys(hit.forward for hit in hits))
    same = all(_same(rule.target, forward) for forward in forwards)
    titles = [f"{_ports(forward, hits)} of {forward.public}" for forward in forwards]
    more = f" and {len(titles) - _SHOWN} more" if len(titles) > _SHOWN else ""
    verb = "forwards" if certain else "may forward"
    who = "" if far else " for LAN clients"
    what = f"{owner} {verb} {', '.join(titles[:_SHOWN])}{more} to {_aim(rule.target)} already{who}"
    place = f"{table.title}, chain {chain}: {rule.text or f'handle {rule.handle}'}"
    wanted = ", ".join(dict.fromkeys(str(forward.opening) for forward in forwards[:_SHOWN]))
    detail = f"{place}\n{'That is where ours leads as well' if same else f'Ours leads to {wanted}'}"
    remedy = withdrawals.lines(owner, table, chain, rule, forwards)
    led_away = any(hit.far and hit.certain for hit in hits) and not same
    return Finding(FOREIGN_DNAT, what, ERROR if led_away else WARNING, detail, "\n".join(remedy))


def _ports(forward: Forward, hits: list[_Hit]) -> str:
    """What of the forward is taken: all of it, or from the first to the last of its ports that are."""
    found = [hit.port for hit in hits if hit.forward == forward and hit.port is not None]
    if not found or (min(found), max(found)) == (forward.first, forward.last):
        return str(forward)
    ends = dict.fromkeys((min(found), max(found)))
    return f"{forward.protocol} {'-'.join(str(end) for end in ends)}"


def _aim(target: str) -> str:
    if not target:
        return "this host itself"
    return f"this host's own port {target[1:]}" if target.startswith(":") else target


def _same(target: str, forward: Forward) -> bool:
    """Whether a translation leads to the very host and port of ours."""
    host, _colon, port = target.partition(":")
    opening = forward.opening
    return bool(opening.host) and host == opening.host and port in (opening.ports("-"), *([""] if _kept(forward) else []))


def _kept(forward: Forward) -> bool:
    return (forward.first, forward.last) == (forward.opening.first, forward.opening.last)
