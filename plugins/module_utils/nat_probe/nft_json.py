"""Reads what ``nft -j list table`` prints (libnftables-json(5)), of nft 1.0.6 and later."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .ruleset import ACCEPT, DROP, DSTNAT, GOTO, JUMP, NFT, RETURN, TRANSLATE, UNKNOWN, Chain, Condition, Rule, Table

#: Statements that end a packet's way through the chain. Queues and other translations are not a filter's no.
_VERDICTS = {
    "accept": ACCEPT,
    "drop": DROP,
    "reject": "reject",
    "return": RETURN,
    **dict.fromkeys(("snat", "masquerade", "tproxy", "queue"), ACCEPT),
}
_TRANSLATIONS = ("dnat", "redirect")
_STEPS = {"jump": JUMP, "goto": GOTO}
#: Statements that neither test nor decide.
_SILENT = ("comment", "counter", "ct helper", "ct timeout", "flow", "log", "mangle", "notrack", "set")
_META = {"iif": "iif", "iifname": "iif", "oif": "oif", "oifname": "oif", "l4proto": "protocol", "nfproto": "family"}
_FIELDS = {
    ("ip", "saddr"): "saddr",
    ("ip", "daddr"): "daddr",
    ("ip", "protocol"): "protocol",
    ("ip6", "saddr"): "saddr",
    ("ip6", "daddr"): "daddr",
    ("ip6", "nexthdr"): "protocol",
    **{(protocol, port): port for protocol in ("tcp", "udp", "th") for port in ("sport", "dport")},
}
#: What a header in a test says of the packet besides.
_IMPLIED = {
    "ip": Condition("family", ("ipv4",)),
    "ip6": Condition("family", ("ipv6",)),
    "icmp": Condition("protocol", ("icmp",)),
    "icmpv6": Condition("protocol", ("ipv6-icmp",)),
    **{protocol: Condition("protocol", (protocol,)) for protocol in ("tcp", "udp", "sctp", "dccp", "esp", "ah")},
}
_PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", "icmpv6": "ipv6-icmp"}
#: The only states and conntrack bits that a flow can be asked for.
_STATUS = ("dnat",)
_LISTED = re.compile(r"^\s*(.*\S) # handle (\d+)$", re.MULTILINE)

Sets = Mapping[str, Iterable[Any]]


def names(text: str) -> list[tuple[str, str]]:
    """Family and name of every table in what ``nft -j list tables`` prints. Raises ValueError."""
    rows = (one["table"] for one in json.loads(text)["nftables"] if "table" in one)
    return sorted((row["family"], row["name"]) for row in rows)


def table(text: str) -> Table | None:
    """The table in what ``nft -j list table FAMILY NAME`` prints; None when there is none. Raises ValueError."""
    rows = json.loads(text)["nftables"]
    head = next((one["table"] for one in rows if "table" in one), None)
    if head is None:
        return None
    sets = {one[kind]["name"]: one[kind].get("elem", []) for one in rows for kind in ("set", "map") if kind in one}
    rules: dict[str, list[Rule]] = {}
    for row in (one["rule"] for one in rows if "rule" in one):
        found = (replace(one, handle=row.get("handle", 0)) for one in _rules(row["expr"], sets))
        rules.setdefault(row["chain"], []).extend(found)
    chains = {}
    for row in (one["chain"] for one in rows if "chain" in one):
        name = row["name"]
        hook = row.get("hook", "") if row.get("type") == "filter" else ""  # a nat chain refuses nothing
        if (row.get("type"), row.get("hook")) == ("nat", "prerouting"):
            hook = DSTNAT
        chains[name] = Chain(name, tuple(rules.get(name, ())), hook, row.get("policy", ACCEPT))
    return Table(head["family"], head["name"], chains, NFT)


def worded(table: Table, listing: str) -> Table:
    """The table with the words of its translations in what ``nft -a list table FAMILY NAME`` prints."""
    words = {int(handle): text for text, handle in _LISTED.findall(listing)}

    def spoken(rule: Rule) -> Rule:
        return replace(rule, text=words.get(rule.handle, "")) if rule.verdict == TRANSLATE else rule

    chains = {name: replace(chain, rules=tuple(spoken(rule) for rule in chain.rules)) for name, chain in table.chains.items()}
    return replace(table, chains=chains)


def _rules(expressions: list[dict[str, Any]], sets: Sets) -> list[Rule]:
    """One rule of nft as the rules that say the same without concatenations and verdict maps."""
    ways: list[tuple[Condition, ...]] = [()]
    for expression in expressions:
        kind, what = next(iter(expression.items()))
        if kind in _VERDICTS or kind in _STEPS:
            return [Rule(way, *_verdict(kind, what)) for way in ways]
        if kind in _TRANSLATIONS:
            aims = _aims(what or {}, sets)
            return [Rule(way + tests, TRANSLATE, aim) for way in ways for tests, aim in aims]
        if kind == "vmap":
            found = _mapped(what, sets)
            return [Rule(way + tests, *verdict) for way in ways for tests, verdict in found]
        if kind == "match":
            ways = [way + more for way, more in itertools.product(ways, _match(what, sets))]
        elif kind not in _SILENT:
            ways = [(*way, UNKNOWN) for way in ways]
    return []  # it only counts or marks


def _verdict(kind: str, what: Any) -> tuple[str, str]:
    return (_STEPS[kind], what["target"]) if kind in _STEPS else (_VERDICTS[kind], "")


def _aims(what: dict[str, Any], sets: Sets) -> list[tuple[tuple[Condition, ...], str]]:
    """Where a translation leads, as ``ADDRESS:PORT`` with either of them left out; from a map, each way with its tests."""
    address, port = what.get("addr"), what.get("port")
    if isinstance(address, dict) and "map" in address:
        pairs = _elements(address["map"]["data"], sets)
        return [(_one(address["map"]["key"], key), _aim(*_parts(value), port)) for key, value in pairs]
    return [((), _aim(address, port))]


def _parts(value: Any) -> list[Any]:
    return list(value["concat"]) if isinstance(value, dict) and "concat" in value else [value]


def _aim(address: Any, *ports: Any) -> str:
    """The address, and the first port that there is."""
    port = next((text for one in ports for text in _spelled(one)), "")
    return f"{''.join(_spelled(address))}{':' if port else ''}{port}"


def _spelled(value: Any) -> Iterable[str]:
    return [] if value is None else _texts(value, "")


def _mapped(what: dict[str, Any], sets: Sets) -> list[tuple[tuple[Condition, ...], tuple[str, str]]]:
    found = []
    for key, verdict in _elements(what["data"], sets):
        kind, target = next(iter(verdict.items()))
        if kind in _VERDICTS or kind in _STEPS:
            found.append((_one(what["key"], key), _verdict(kind, target)))
    return found


def _match(what: dict[str, Any], sets: Sets) -> list[tuple[Condition, ...]]:
    """The ways in which a match can hold, each a tuple of tests."""
    left, right, operator = what["left"], what["right"], what["op"]
    if operator in ("<", ">", "<=", ">="):
        return [_beyond(left, operator, right)]
    negated = operator == "!="
    if "concat" in left:
        return [(UNKNOWN,)] if negated else [_one(left, element) for element in _elements(right, sets)]
    key, implied = _key(left)
    values = tuple(text for element in _elements(right, sets) for text in _texts(element, key))
    if key == "status" and not set(values) <= set(_STATUS):
        key = "unknown"
    return [(*implied, Condition(key, values, negated))]


def _beyond(left: dict[str, Any], operator: str, bound: Any) -> tuple[Condition, ...]:
    key, implied = _key(left)
    if key not in ("sport", "dport") or not isinstance(bound, int):
        return (*implied, UNKNOWN)
    first, last = {
        ">": (bound + 1, 65535),
        ">=": (bound, 65535),
        "<": (0, bound - 1),
        "<=": (0, bound),
    }[operator]
    return (*implied, Condition(key, (f"{first}-{last}",)))


def _one(left: dict[str, Any], element: Any) -> tuple[Condition, ...]:
    """Tests for one element of a set or map, part by part when it is a concatenation."""
    if "concat" in left:
        parts = element["concat"] if isinstance(element, dict) and "concat" in element else [element]
        return tuple(test for one, part in zip(left["concat"], parts) for test in _one(one, part))
    if element == "*":
        return ()
    key, implied = _key(left)
    return (*implied, Condition(key, tuple(_texts(element, key))))


def _key(left: Any) -> tuple[str, tuple[Condition, ...]]:
    """What a left side looks at, with what it takes for granted."""
    if "meta" in left:
        return _META.get(left["meta"]["key"], "unknown"), ()
    if "payload" in left:
        protocol = left["payload"].get("protocol", "")
        implied = (_IMPLIED[protocol],) if protocol in _IMPLIED else ()
        return _FIELDS.get((protocol, left["payload"].get("field", "")), "unknown"), implied
    if "ct" in left and left["ct"]["key"] in ("state", "status"):
        return left["ct"]["key"], ()
    if "fib" in left and left["fib"]["result"] == "type":
        return {"daddr": "to", "saddr": "from"}.get("".join(left["fib"]["flags"]), "unknown"), ()
    return "unknown", ()


def _elements(right: Any, sets: Sets) -> Iterable[Any]:
    """The elements of a right side, be it one value, a list, a set or the name of one."""
    if isinstance(right, str) and right.startswith("@"):
        right = {"set": list(sets.get(right[1:], ()))}
    if isinstance(right, dict) and "set" in right:
        right = right["set"]
    if not isinstance(right, list):
        right = [right]
    return [one["elem"]["val"] if isinstance(one, dict) and "elem" in one else one for one in right]


def _texts(element: Any, key: str) -> Iterable[str]:
    if isinstance(element, dict) and "elem" in element:
        element = element["elem"]["val"]
    if isinstance(element, dict) and "prefix" in element:
        return [f"{element['prefix']['addr']}/{element['prefix']['len']}"]
    if isinstance(element, dict) and "range" in element:
        return ["-".join(str(end) for end in element["range"])]
    if isinstance(element, dict):
        return []
    return [_PROTOCOLS.get(element, str(element)) if key == "protocol" else str(element)]
