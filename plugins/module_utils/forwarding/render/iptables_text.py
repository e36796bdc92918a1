"""The pieces that a restore file is written with: chains of our own, and trees of chains where a list would be long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import NamedTuple, Union

from ..model import Network, Ports
from .matches import port_order

#: Up to so many rules of one address and protocol are one list; above it they are blocks found by port.
FLAT = 100
#: Rules in a block, and jumps to blocks in a row. Of 128 the last of 10,000 forwards costs a connection 14 %, of 32 it costs 6 %.
BLOCK = 32
#: Addresses in one list; above it they are found by prefix, four bits a step.
ADDRESSES = 32
PREFIX_STEP = 4
#: The kernel's limit for a chain's name.
LONGEST = 28

AnyAddress = Union[IPv4Address, IPv6Address]


class Match(NamedTuple):
    """How one side of a packet is written: options before an address or prefix, and before ``first:last`` ports."""

    address: str
    ports: str


DESTINATION = Match("-d", "--dport")
SOURCE = Match("-s", "--dport")
ORIGINAL = Match("-m conntrack --ctorigdst", "-m conntrack --ctorigdstport")


class Entry(NamedTuple):
    """A rule to be found by address, protocol and ports; ``then`` is what is done, such as ``-j ACCEPT``."""

    address: AnyAddress
    protocol: str | None
    ports: Ports | None
    then: str


class Table:
    """Collects the chains of one table; every name starts with ``ONPREM_``."""

    def __init__(self, name: str) -> None:
        """Start empty; ``name`` is ``nat`` or ``filter``."""
        self._name = name
        self._chains: dict[str, list[str]] = {}
        self._jumps: list[str] = []
        self._children: dict[str, int] = {}

    def chain(self, name: str, rules: Iterable[str] = ()) -> str:
        """Add a chain, or rules to the end of a chain, and return its full name."""
        full = f"ONPREM_{name}"
        if len(full) > LONGEST:
            raise ValueError(f"{full}: longer than {LONGEST} characters")
        self._chains.setdefault(full, []).extend(rules)
        return full

    def hook(self, name: str, chain: str) -> None:
        """Let one of the kernel's chains jump to ours, before what others have there."""
        self._jumps.append(f"-I {name} 1 -j {chain}")

    def text(self) -> list[str]:
        """Return the lines of the table."""
        lines = [f"*{self._name}", *(f":{name} - [0:0]" for name in self._chains)]
        for name, rules in self._chains.items():
            lines += [f"-A {name} {rule}" for rule in rules]
        return [*lines, *self._jumps, "COMMIT"]

    def dispatch(self, name: str, match: Match, entries: Iterable[Entry]) -> str:
        """Add a chain that finds each entry in few steps, and return its full name, or nothing where there are no entries.

        By address, below it by protocol and port. A packet that matches none returns from it.
        """
        by_address: dict[AnyAddress, list[Entry]] = {}
        for one in entries:
            by_address.setdefault(one.address, []).append(one)
        if not by_address:
            return ""
        rules = [(address, self._address(name, match, by_address[address])) for address in sorted(by_address, key=int)]
        return self.chain(name, self._prefixes(name, match, rules))

    def _prefixes(self, root: str, match: Match, rules: Sequence[tuple[AnyAddress, str]]) -> list[str]:
        """Return the rules of addresses in order; of many, jumps to chains by prefix, below the bits that all share."""
        if len(rules) <= ADDRESSES:
            return [f"{match.address} {address} {then}" for address, then in rules]
        low, high = rules[0][0], rules[-1][0]
        common = low.max_prefixlen - (int(low) ^ int(high)).bit_length()
        length = min(common + PREFIX_STEP, low.max_prefixlen)
        groups: dict[str, list[tuple[AnyAddress, str]]] = {}
        for one in rules:
            groups.setdefault(str(ip_network(f"{one[0]}/{length}", strict=False)), []).append(one)
        return [
            f"{match.address} {prefix} -j {self._child(root, self._prefixes(root, match, several))}"
            for prefix, several in groups.items()
        ]

    def _address(self, root: str, match: Match, entries: list[Entry]) -> str:
        """Return what is to be done for one address: the thing itself, or a jump to a chain."""
        if len(entries) == 1 and entries[0].protocol is None:
            return entries[0].then
        by_protocol: dict[str, list[tuple[Ports, str]]] = {}
        for one in sorted(entries, key=lambda one: (one.protocol or "", port_order(one.ports))):
            name = one.protocol or "all"
            rule = f"{_protocol(name, match, one.ports)} {one.then}"
            by_protocol.setdefault(name, []).append((one.ports or Ports(1, 65535), rule))
        rules: list[str] = []
        for name, several in by_protocol.items():
            rules += self._blocks(root, match, name, several)
        return f"-j {self._child(root, rules)}"

    def _blocks(self, root: str, match: Match, name: str, level: list[tuple[Ports, str]]) -> list[str]:
        """Return rules in the order of their ports; of many, jumps to blocks, each for the ports it spans."""
        limit = FLAT
        while len(level) > limit:
            above = []
            for start in range(0, len(level), BLOCK):
                block = level[start : start + BLOCK]
                child = self._child(root, (rule for _ports, rule in block))
                span = Ports(block[0][0].first, max(ports.last for ports, _rule in block))
                above.append((span, f"{_protocol(name, match, span)} -j {child}"))
            level, limit = above, BLOCK
        return [rule for _ports, rule in level]

    def _child(self, root: str, rules: Iterable[str]) -> str:
        """Add a chain with the next number below a root."""
        self._children[root] = self._children.get(root, 0) + 1
        return self.chain(f"{root}_{self._children[root]}", rules)


def networks(side: str, several: Iterable[Network]) -> list[str]:
    """Return the matches of a side (``-s``, ``-d``) against networks, one each; nothing needs to match everything."""
    return ["" if one.prefixlen == 0 else f"{side} {one} " for one in several]


def protocol(name: str) -> str:
    """Return the match of a protocol; GRE by its number, for hosts without /etc/protocols do not know its name."""
    return f"-p {'47' if name == 'gre' else name}"


def port_range(ports: Ports) -> str:
    """Return ports as iptables writes them."""
    return str(ports.first) if ports.single else f"{ports.first}:{ports.last}"


def _protocol(name: str, match: Match, ports: Ports | None) -> str:
    if ports is None:
        return protocol(name)
    module = f" -m {name}" if match.ports.startswith("--") else ""
    return f"{protocol(name)}{module} {match.ports} {port_range(ports)}"
