"""The pieces that an nftables file is written with: sets, maps and chains, one statement a line (nft 1.0.6 wants it so)."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Network, Ports

TABLE = "inet onprem_chat"


class Table:
    """Collects the objects of our table; every name gets the prefix ``oc_``, which is no keyword of nft in any combination."""

    def __init__(self) -> None:
        """Start empty."""
        self._objects: list[str] = []

    def map(self, name: str, kind: str, elements: Iterable[str], interval: bool = False) -> str:
        """Add a map, if it has elements, and return its name or nothing."""
        return self._container("map", name, kind, elements, interval)

    def set(self, name: str, kind: str, elements: Iterable[str], interval: bool = False) -> str:
        """Add a set, if it has elements, and return its name or nothing."""
        return self._container("set", name, kind, elements, interval)

    def chain(self, name: str, rules: Iterable[str], hook: str = "") -> None:
        """Add a chain; ``hook`` is its place in the kernel, nothing when others jump to it."""
        self._objects.append(f"\tchain oc_{name} {{")
        if hook:
            self._objects.append(f"\t\ttype {hook}; policy accept;")
        self._objects += [f"\t\t{rule}" for rule in rules]
        self._objects.append("\t}")

    def text(self, heading: str) -> str:
        """Return the file: what was there is replaced in the same transaction, also when nothing was."""
        lines = [heading, f"table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{", *self._objects, "}", ""]
        return "\n".join(lines)

    def _container(self, what: str, name: str, kind: str, elements: Iterable[str], interval: bool) -> str:
        lines = [f"\t\t\t{one}," for one in elements]
        if not lines:
            return ""
        self._objects += [f"\t{what} oc_{name} {{", f"\t\ttype {kind}"]
        if interval:
            self._objects.append("\t\tflags interval")
        self._objects += ["\t\telements = {", *lines, "\t\t}", "\t}"]
        return f"@oc_{name}"


def networks(family: str, side: str, several: Iterable[Network]) -> str:
    """Return the match of a side (saddr, daddr) against networks that do not overlap."""
    texts = [str(one.network_address) if one.prefixlen == one.max_prefixlen else str(one) for one in several]
    if any(text.endswith("/0") for text in texts):
        return "meta nfproto ipv6" if family == "ip6" else "meta nfproto ipv4"
    return f"{family} {side} " + (texts[0] if len(texts) == 1 else "{ " + ", ".join(texts) + " }")


def ports(protocol: str, several: Iterable[Ports]) -> str:
    """Return the match of a protocol and its destination ports, all of them when none are given."""
    texts = [str(one) for one in several]
    if not texts:
        return f"meta l4proto {protocol}"
    return f"{protocol} dport " + (texts[0] if len(texts) == 1 else "{ " + ", ".join(texts) + " }")
