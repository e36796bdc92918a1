"""Reads one kind of raw value at a time; what is wrong is noted with its path and the reading goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Union

from .error import Problem, Problems

Address = Union[IPv4Address, IPv6Address]
Network = Union[IPv4Network, IPv6Network]

#: A wrong value is quoted up to here.
_QUOTED = 80


def unknown_keys(path: str, row: Mapping[str, Any], known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each key of a row that is not among ``known``."""
    for key in sorted({str(key) for key in row if key not in known}):
        yield Problem(f"{path}.{key}" if path else key, f"is not known; there are {', '.join(known)}")


def quoted(value: Any) -> str:
    """Return a value as Python writes it, cut where it gets long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list of lists without end
        return "what stands there"
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "..."


class Reader:
    """``problems`` receives the faults."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def items(self, path: str, value: Any) -> Iterator[tuple[str, Any]]:
        """Yield the items of a list with their paths; null is an empty list."""
        if value is None:
            return
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            self.problems.add(path, "must be a list")
            return
        for index, item in enumerate(value):
            yield f"{path}[{index}]", item

    def row(self, path: str, value: Any, keys: Collection[str], need: Collection[str]) -> Mapping[str, Any] | None:
        """Return a value that is a mapping, noting what it lacks of ``need`` and what is not in ``keys``."""
        if not isinstance(value, Mapping):
            self.problems.add(path, f"must be a mapping with {', '.join(keys)}")
            return None
        if [key for key in value if key not in keys]:
            for problem in unknown_keys(path, value, keys):
                self.problems.add(problem.path, problem.reason)
        for key in need:
            if value.get(key) is None:
                self.problems.add(f"{path}.{key}" if path else key, "is missing")
        return value

    def rows(self, path: str, value: Any, keys: Sequence[str], need: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the items that are mappings with every key of ``need``."""
        for place, item in self.items(path, value):
            row = self.row(place, item, keys, need)
            if row is not None and all(row.get(key) is not None for key in need):
                yield place, row

    def text(self, path: str, value: Any) -> str | None:
        """Return a text that is not empty."""
        if not isinstance(value, str) or not value:
            self.problems.add(path, f"{quoted(value)} is not a text; put it in quotes" if value != "" else "is empty")
            return None
        return str(value)

    def number(self, path: str, value: Any, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``."""
        digits = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20 and low <= int(digits) <= high):
            self.problems.add(path, f"{quoted(value)} is not a number from {low} to {high}")
            return None
        return int(digits)

    def truth(self, path: str, value: Any) -> bool:
        """Return a boolean."""
        if not isinstance(value, bool):
            self.problems.add(path, f"{quoted(value)} is neither true nor false")
        return value is True

    def choice(self, path: str, value: Any, known: Sequence[str], what: str) -> str | None:
        """Return one of the ``known`` words; ``what`` names their kind in the fault."""
        for one in known:
            if isinstance(value, str) and value == one:
                return one
        self.problems.add(path, f"{quoted(value)} is no {what}; there are {', '.join(known)}")
        return None

    def address(self, path: str, value: Any) -> Address | None:
        """Return an address that a host can have."""
        try:
            found = ip_address(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or getattr(found, "scope_id", None):
            self.problems.add(path, f"{quoted(value)} is not an IP address")
            return None
        if found.is_loopback or found.is_multicast or found.is_unspecified or found.is_link_local or int(found) == 2**32 - 1:
            self.problems.add(path, f"{found} cannot be the address of a host that others reach")
            return None
        return found

    def network(self, path: str, value: Any) -> Network | None:
        """Return a network in prefix notation."""
        text = value if isinstance(value, str) else ""
        prefix, slash, length = text.partition("/")
        try:
            spelt = slash and length.isascii() and length.isdigit() and "%" not in prefix
            found = ip_network(text, strict=False) if spelt else None
        except ValueError:
            found = None
        if found is None:
            self.problems.add(path, f"{quoted(value)} is not a network such as 192.168.1.0/24")
            return None
        if found.is_loopback or found.is_multicast or found.is_link_local:
            self.problems.add(path, f"{found} cannot be a network of a site")
        elif ip_address(prefix) != found.network_address:
            self.problems.add(path, f"{value} has host bits set; the network is {found}")
        return found
