"""The rules of a packet filter as far as they decide about a new connection, whatever tool wrote them.

Both parsers make these; what they do not understand becomes a test on ``unknown``, which may hold or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ACCEPT = "accept"
DROP = "drop"
JUMP = "jump"
GOTO = "goto"
RETURN = "return"
#: The packet goes on with another destination, which is the rule's ``target``.
TRANSLATE = "translate"

_LENIENT = {ACCEPT, JUMP, GOTO, RETURN, TRANSLATE}

#: The hook of chains that translate destinations; only those of type nat at prerouting are given it.
DSTNAT = "dstnat"

NFT = "nftables"
IPTABLES = "iptables"
LEGACY = "iptables-legacy"

#: What a test can look at. Values are texts: names (``eth*`` for all that begin so), CIDR or ``first-last``, ports, states,
#: TCP flags as ``MASK WANTED``, kinds of addresses that it comes ``from`` and goes ``to``.
KEYS = (
    "family",
    "iif",
    "oif",
    "saddr",
    "daddr",
    "protocol",
    "sport",
    "dport",
    "state",
    "status",
    "flags",
    "from",
    "to",
    "unknown",
)


@dataclass(frozen=True)
class Condition:
    """Holds when the flow's ``key`` is among ``values``; the other way round when ``negated``."""

    key: str
    values: tuple[str, ...] = ()
    negated: bool = False


UNKNOWN = Condition("unknown")


@dataclass(frozen=True)
class Rule:
    """``verdict`` for what passes all tests; ``target`` is the chain of a jump or goto, or where a translation leads.

    ``text`` is the rule as its tool prints it, and ``handle`` its number in nftables; both of translations alone.
    """

    tests: tuple[Condition, ...]
    verdict: str
    target: str = ""
    text: str = ""
    handle: int = 0


@dataclass(frozen=True)
class Chain:
    """Rules in their order; a base chain has a hook, and a policy for what no rule decided."""

    name: str
    rules: tuple[Rule, ...] = ()
    hook: str = ""
    policy: str = ACCEPT


@dataclass(frozen=True)
class Table:
    """A table of one family (``ip``, ``ip6``, ``inet``) and the kind of tool that made it."""

    family: str
    name: str
    chains: Mapping[str, Chain]
    origin: str = NFT

    @property
    def title(self) -> str:
        """As a person finds it."""
        return f"{self.origin} table {self.family} {self.name}"

    @property
    def refuses(self) -> bool:
        """Whether there is anything in it, on a packet's way in or through, that could drop one."""
        if not (self.base("forward") or self.base("input")):
            return False
        verdicts = {rule.verdict for chain in self.chains.values() for rule in chain.rules}
        return bool(verdicts - _LENIENT) or any(chain.policy == DROP for chain in self.chains.values())

    @property
    def translates(self) -> bool:
        """Whether there is anything in it that leads packets to another destination."""
        found = any(rule.verdict == TRANSLATE for chain in self.chains.values() for rule in chain.rules)
        return found and bool(self.base(DSTNAT))

    def base(self, hook: str) -> list[Chain]:
        """The base chains of a hook, in the order of their names."""
        return [chain for _name, chain in sorted(self.chains.items()) if chain.hook == hook]


@dataclass(frozen=True)
class Flow:
    """The first packet of a connection, or one of its answers, on its way through this host.

    ``oif`` is empty for what ends at the host itself; ``title`` names it to people; ``dnat`` says that we translated it.
    ``arriving`` says that it is not yet known where it goes, ``local`` that it is addressed to the host.
    """

    title: str
    family: str
    iif: str
    oif: str
    source: str | None
    destination: str | None
    protocol: str
    port: int | None
    state: str = "new"
    dnat: bool = False
    arriving: bool = False
    local: bool = False

    @property
    def source_port(self) -> int | None:
        """One that clients are given, as far as any stands for all."""
        return 50123 if self.state == "new" else None

    @property
    def flags(self) -> frozenset[str]:
        """Those of TCP's handshake."""
        return frozenset(("SYN",) if self.state == "new" else ("SYN", "ACK"))

    @property
    def hook(self) -> str:
        return DSTNAT if self.arriving else "forward" if self.oif else "input"
