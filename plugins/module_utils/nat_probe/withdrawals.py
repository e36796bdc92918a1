"""What to do with a translation of somebody else that stands in the way: the exact line where its tool has one.

Sources: nft(8), iptables(8), firewall-cmd(1), shorewall-rules(5), Docker's "Port publishing and mapping".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .owners import DOCKER, FIREWALLD, SHOREWALL
from .question import Forward
from .ruleset import LEGACY, NFT, Rule, Table

_ZONE = re.compile(r"nat_PRE_(policy_)?(.+?)(?:_(?:allow|deny|pre|post|log))?")
#: Tests of a forward port of firewalld; a rule with others comes from a rich rule.
_PLAIN = ("family", "protocol", "dport")


def lines(owner: str, table: Table, chain: str, rule: Rule, forwards: Sequence[Forward]) -> list[str]:
    """The lines that take it away, and the other way out."""
    return [*_taken(owner, table, chain, rule, forwards), "Or give our service another public port or address"]


def _taken(owner: str, table: Table, chain: str, rule: Rule, forwards: Sequence[Forward]) -> list[str]:
    if owner == DOCKER:
        found = [f"docker ps --filter publish={forward.first}/{forward.protocol}" for forward in forwards if forward.first]
        return [*found, "Publish that container's port on an address of the LAN (-p ADDRESS:PORT:PORT), or not at all"]
    if owner == FIREWALLD:
        return _firewalld(chain, rule)
    if owner == SHOREWALL:
        ways = ", ".join(str(forward) for forward in forwards)
        return [f"/etc/shorewall/rules: take out the DNAT or REDIRECT line for {ways}", "shorewall check && shorewall reload"]
    if table.origin == NFT:
        line = f"nft delete rule {table.family} {table.name} {chain} handle {rule.handle}"
        return [line, "Take it out of the file that makes the table as well"]
    tool = "iptables-legacy" if table.origin == LEGACY else "iptables"
    line = f"{tool} -t {table.name} {rule.text.replace('-A ', '-D ', 1)}"
    return [line, "Take it out of what loads it as well: /etc/iptables/rules.v4, /etc/ufw/before.rules or a script"]


def _firewalld(chain: str, rule: Rule) -> list[str]:
    found = _ZONE.fullmatch(chain)
    where = f"--{'policy' if found[1] else 'zone'}={found[2]}" if found else "--zone=ZONE"
    if not found or [test.key for test in rule.tests if test.key not in _PLAIN] or _value(rule, "dport") == "":
        return [f"firewall-cmd --permanent {where} --list-all", "Remove the forward port or the rich rule that is listed there"]
    address, _colon, port = rule.target.partition(":")
    parts = {"port": _value(rule, "dport"), "proto": _value(rule, "protocol"), "toport": port, "toaddr": address}
    told = ":".join(f"{key}={value}" for key, value in parts.items() if value)
    return [f"firewall-cmd --permanent {where} --remove-forward-port={told}", "firewall-cmd --reload"]


def _value(rule: Rule, key: str) -> str:
    values = [value for test in rule.tests if test.key == key for value in test.values]
    return values[-1] if values else ""
