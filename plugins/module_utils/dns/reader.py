"""Reads one kind of raw value at a time; what is wrong is noted with its path and the reading goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from .error import NameFault, Problems
from .name import Name
from .network import Network
from .record import Address


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

    def rows(self, path: str, value: Any, keys: Sequence[str], need: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the items that are mappings with every key of ``need`` and none beyond ``keys``."""
        for place, item in self.items(path, value):
            if not isinstance(item, Mapping):
                self.problems.add(place, f"must be a mapping with {', '.join(keys)}")
                continue
            for key in sorted(set(map(str, item)) - set(keys)):
                self.problems.add(f"{place}.{key}", f"is not known; there are {', '.join(keys)}")
            missing = [key for key in need if item.get(key) is None]
            for key in missing:
                self.problems.add(f"{place}.{key}", "is missing")
            if not missing:
                yield place, item

    def text(self, path: str, value: Any) -> str | None:
        """Return a text that is not empty."""
        if not isinstance(value, str) or not value:
            self.problems.add(path, f"{value!r} is not a text; put it in quotes" if value != "" else "is empty")
            return None
        return str(value)

    def number(self, path: str, value: Any, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``."""
        digits = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
        if not (digits.isascii() and digits.isdigit() and low <= int(digits) <= high):
            self.problems.add(path, f"{value!r} is not a number from {low} to {high}")
            return None
        return int(digits)

    def truth(self, path: str, value: Any) -> bool:
        """Return a boolean."""
        if not isinstance(value, bool):
            self.problems.add(path, f"{value!r} is neither true nor false")
        return value is True

    def name(self, path: str, value: Any, domain: Name | None, *, host: bool = True) -> Name | None:
        """Return a name in ``domain``, written alone (``chat``), in full (``chat.example.lan``), or ``@`` for the domain itself.

        Without a valid domain only the spelling is judged, and what it is relative to is made up.
        """
        text = self.text(path, value)
        if text is None:
            return None
        origin = domain or Name(("invalid",))
        try:
            if text == "@":
                return origin
            found = Name.parse(text)
            if len(found.labels) == 1 and not text.endswith("."):
                found += origin
        except NameFault as fault:
            self.problems.add(path, str(fault))
            return None
        if domain and not found.under(domain):
            self.problems.add(path, f"{found.text} is not inside {domain.text}; write the name alone or with the whole domain")
            return None
        if host and not found.is_host:
            self.problems.add(path, f"{value!r} is not a host name; an underscore is for services and texts")
            return None
        return found

    def address(self, path: str, value: Any) -> Address | None:
        """Return an address that a host can have."""
        try:
            found = ip_address(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or getattr(found, "scope_id", None):
            self.problems.add(path, f"{value!r} is not an IP address")
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
            self.problems.add(path, f"{value!r} is not a network such as 192.168.1.0/24")
            return None
        if found.is_loopback or found.is_multicast or found.is_link_local:
            self.problems.add(path, f"{found} cannot be a network of a site")
        elif ip_address(prefix) != found.network_address:
            self.problems.add(path, f"{value} has host bits set; the network is {found}")
        return found
