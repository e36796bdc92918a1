"""Reads what ``iptables-save`` and ``ip6tables-save`` print (iptables-extensions(8)), of either kind of iptables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from .ruleset import ACCEPT, DROP, DSTNAT, GOTO, JUMP, RETURN, TRANSLATE, UNKNOWN, Chain, Condition, Rule, Table

_FILTERING = {"INPUT": "input", "FORWARD": "forward"}
#: By table, the chains that matter there and the hook of each.
_HOOKS = {"filter": _FILTERING, "mangle": _FILTERING, "security": _FILTERING, "nat": {"PREROUTING": DSTNAT}}
#: Chains of this collection: what it is asked to let pass has come to its end there.
OURS = "ONPREM_"
_VERDICTS = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": "reject", "RETURN": RETURN}
#: Targets that translate, and the option that says where to.
_TRANSLATIONS = {"DNAT": "--to-destination", "NETMAP": "--to", "REDIRECT": "--to-ports"}
#: Options that test. A target that is neither a chain nor a verdict decides nothing.
_TESTS = {
    "-i": "iif",
    "-o": "oif",
    "-s": "saddr",
    "-d": "daddr",
    "-p": "protocol",
    "--dport": "dport",
    "--dports": "dport",
    "--sport": "sport",
    "--sports": "sport",
    "--ctstate": "state",
    "--state": "state",
    "--dst-type": "to",
    "--src-type": "from",
    "--src-range": "saddr",
    "--dst-range": "daddr",
}
#: Options that stand beside a test and say nothing themselves.
_SILENT = ("-c", "--comment", "-m")
_WITH_TEXT = ("--comment",)
_PROTOCOLS = {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "51": "ah", "58": "ipv6-icmp"}


def tables(text: str, family: str, origin: str) -> list[Table]:
    """The tables of a text; ``family`` is ip or ip6. A line that cannot be read counts as one that may match."""
    found: list[Table] = []
    for name, lines in _parts(text):
        policies: dict[str, str] = {}
        rules: dict[str, list[Rule]] = {}
        for line in lines:
            if line.startswith(":"):
                chain, policy = line[1:].split()[:2]
                policies[chain] = policy
        for line in lines:
            if line.startswith("-A "):
                words = shlex.split(line)
                if name == "nat" and words[-1].startswith(OURS):
                    continue  # ours come first only as long as nobody puts theirs before
                rules.setdefault(words[1], []).extend(_rule(words[2:], set(policies), line))
        hooks = _HOOKS.get(name, {})
        chains = {
            chain: Chain(chain, tuple(rules.get(chain, ())), hooks.get(chain, ""), DROP if policy == "DROP" else ACCEPT)
            for chain, policy in policies.items()
            if not chain.startswith(OURS)
        }
        found.append(Table(family, name, chains, origin))
    return found


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    name = ""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("*"):
            name, lines = line[1:].strip(), []
        elif line == "COMMIT":
            yield name, lines
        else:
            lines.append(line)


def _rule(words: list[str], chains: set[str], line: str) -> list[Rule]:
    """The rule of a line; none when its target decides nothing."""
    tests: list[Condition] = []
    verdict, target, at = "", "", 0
    while at < len(words):
        negated = words[at] == "!"
        option = words[at + negated]
        at += negated + 1
        begin = at
        at += option in _WITH_TEXT  # which may begin with anything
        while at < len(words) and not (words[at] == "!" or words[at].startswith("-")):
            at += 1
        values = words[begin:at]
        if option in ("-j", "-g"):
            # what follows a target are the target's own options
            if values[0] in _TRANSLATIONS:
                return [Rule(tuple(tests), TRANSLATE, _aim(values[0], words[at:]), line)]
            verdict, target = _decided(option, values[0], chains)
            break
        tests.extend(_test(option, values, negated))
    return [Rule(tuple(tests), verdict, target)] if verdict else []


def _aim(target: str, options: list[str]) -> str:
    """Where a translation leads: an address, with its port when it gets another one; empty is the host itself."""
    named = dict(zip(options, options[1:]))
    to = named.get(_TRANSLATIONS[target], "")
    return f":{to}" if to and target == "REDIRECT" else to


def _decided(option: str, target: str, chains: set[str]) -> tuple[str, str]:
    if target.startswith(OURS):
        return ACCEPT, ""
    if target in chains:
        return (GOTO if option == "-g" else JUMP), target
    return _VERDICTS.get(target, ""), ""


def _test(option: str, values: list[str], negated: bool) -> list[Condition]:
    if option in _SILENT:
        return []
    if option == "--tcp-flags":
        return [Condition("flags", (" ".join(values),), negated)]
    if option == "--pol":  # no IPsec policy of this host is in play
        return [] if (values == ["none"]) != negated else [Condition("protocol")]
    if option == "--dir":
        return []
    if option not in _TESTS:
        return [UNKNOWN]
    key = _TESTS[option]
    texts = [text for value in values for text in value.split(",")]
    if key in ("dport", "sport"):
        texts = [_range(text) for text in texts]
    elif key == "protocol":
        texts = [_PROTOCOLS.get(text, text) for text in texts]
    elif key in ("iif", "oif"):
        texts = [f"{text[:-1]}*" if text.endswith("+") else text for text in texts]
    elif key in ("state", "to", "from"):
        texts = [text.lower() for text in texts]
    return [Condition(key, tuple(texts), negated)]


def _range(text: str) -> str:
    """A port or ``first:last`` with either end left out."""
    first, colon, last = text.partition(":")
    return f"{first or 0}-{last or 65535}" if colon else text
