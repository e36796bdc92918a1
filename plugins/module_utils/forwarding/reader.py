"""Reads the values that a forwarding plan knows: ports, protocols, interfaces, addresses of one family, who may come in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses, ip_address, ip_interface, ip_network
from typing import Any, TypeVar

from ..intent import reader as intent
from ..intent.error import Problems
from ..intent.reader import quoted
from .model import WITH_PORTS, WITHOUT_PORTS, Address, Interface, Network, Ports
from .rows import Sources

#: How protocols are written; ``tcp+udp`` is both.
PROTOCOLS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in WITH_PORTS},
    "tcp+udp": ("tcp", "udp"),
    **{name: (name,) for name in WITHOUT_PORTS},
}
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_HOST_NAME = re.compile(
    r"(?=.{1,253}\.?\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?", re.I | re.A
)
_COMMENT = re.compile(r"[\w .,:()/+@-]{0,120}")
_PORT = re.compile(r"[0-9]{1,9}", re.ASCII)


_AnyNetwork = TypeVar("_AnyNetwork", IPv4Network, IPv6Network)


def _merged(networks: list[_AnyNetwork]) -> tuple[_AnyNetwork, ...] | None:
    """Return networks of one family sorted and without overlaps: None for nobody, empty for everybody."""
    merged = tuple(collapse_addresses(networks))
    if len(merged) == 1 and merged[0].prefixlen == 0:
        return ()
    return merged or None


class Reader(intent.Reader):
    """``problems`` receives the faults. What is read again and again is remembered: an intent may have 100,000 rows."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems)
        self._addresses: dict[str, IPv4Address] = {}
        self._ports: dict[int | str, Ports] = {}

    def _spelt(self, path: str, value: Any, form: re.Pattern[str], what: str) -> str | None:
        """Return a text of the right form, in plain characters; a rule language must not be able to read anything into it."""
        found = form.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.problems.add(path, f"{quoted(value)} is not {what}")
            return None
        return found.group()

    def interface(self, path: str, value: Any) -> str | None:
        """Return the name of a network interface."""
        what = "the name of an interface: up to 15 of letters, digits, dot, hyphen and underscore"
        return self._spelt(path, value, _INTERFACE, what)

    def service_name(self, path: str, value: Any, whose: str = "service") -> str | None:
        """Return the name of a service, or of something else that is named likewise."""
        what = f"a name of a {whose}: up to 32 of small letters, digits and underscore, a letter first"
        return self._spelt(path, value, _NAME, what)

    def host_name(self, path: str, value: Any, or_else: str = "") -> str | None:
        """Return a name that can be resolved, without the dot at its end; ``or_else`` is what else could stand there."""
        found = self._spelt(path, value, _HOST_NAME, f"{or_else}a name that can be resolved")
        return None if found is None else found.rstrip(".").lower()

    def comment(self, path: str, value: Any) -> None:
        """Look at a remark for the people who read the inventory; it goes nowhere else."""
        self._spelt(path, value, _COMMENT, "a comment: up to 120 letters, digits, spaces and . , : ( ) / + @ _ -")

    def protocols(self, path: str, value: Any) -> tuple[str, ...]:
        """Return the protocols that a word stands for."""
        if isinstance(value, str) and value in PROTOCOLS:
            return PROTOCOLS[value]
        self.choice(path, value, tuple(PROTOCOLS), "protocol")
        return ()

    def _port(self, path: str, text: str) -> int | None:
        number = int(text) if _PORT.fullmatch(text) else 0
        if not 1 <= number <= 65535:
            self.problems.add(path, f"{text if _PORT.fullmatch(text) else quoted(text)} is not a port (1-65535)")
            return None
        return number

    def ports(self, path: str, value: Any) -> Ports | None:
        """Return one port or a range such as ``49152-65535``."""
        if isinstance(value, int) and 1 < value <= 65535:  # nearly all of them, and no boolean
            return self._ports.get(value) or self._ports.setdefault(value, Ports(value, value))
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            self.problems.add(path, f"{quoted(value)} is not a port (1-65535)")
            return None
        known = self._ports.get(value)
        if known is not None:
            return known
        if isinstance(value, int) and not 1 <= value <= 65535:
            self.problems.add(path, f"{quoted(int(value))} is not a port (1-65535)")
            return None
        low, dash, high = str(value).partition("-")
        if dash and not (low and high):
            low, dash = str(value), ""
        first = self._port(path, low.strip())
        last = self._port(path, high.strip()) if dash else first
        if first is None or last is None:
            return None
        if last < first:
            self.problems.add(path, f"{first}-{last} is reversed; write {last}-{first}")
            return None
        return self._ports.setdefault(value, Ports(first, last))

    def port_list(self, path: str, value: Any) -> tuple[Ports, ...]:
        """Return one port or range, or a list of them."""
        if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            found = [self.ports(place, item) for place, item in self.items(path, value)]
            if not found:
                self.problems.add(path, "is empty; name at least one port")
        else:
            found = [self.ports(path, value)]
        return tuple(ports for ports in found if ports is not None)

    def address4(self, path: str, value: Any, instead: str) -> IPv4Address | None:
        """Return an IPv4 address; ``instead`` tells what to do with an IPv6 one."""
        found = self._addresses.get(value) if isinstance(value, str) else None
        if found is not None:
            return found
        given = self.any_address(path, value)
        if isinstance(given, IPv6Address):
            self.problems.add(path, f"{given} is IPv6; {instead}")
            return None
        if given is not None:
            self._addresses[value] = given
        return given

    def address6(self, path: str, value: Any) -> IPv6Address | None:
        """Return an IPv6 address."""
        given = self.any_address(path, value)
        if isinstance(given, IPv4Address):
            self.problems.add(path, f"{given} is IPv4; this is for IPv6")
            return None
        return given

    def any_address(self, path: str, value: Any) -> Address | None:
        """Return an address of either family, without a zone."""
        try:
            found = ip_address(str(value)) if isinstance(value, str) and "%" not in value else None
        except ValueError:
            found = None
        if found is None:
            self.problems.add(path, f"{quoted(value)} is not an IP address")
        return found

    def own_address(self, path: str, value: Any) -> Interface | None:
        """Return an address with the length of its prefix, as an interface has it."""
        try:
            spelt = isinstance(value, str) and "%" not in value and value.partition("/")[2].isdecimal()
            found = ip_interface(str(value)) if spelt else None
        except ValueError:
            found = None
        if found is None:
            self.problems.add(path, f"{quoted(value)} is not an address with its prefix, such as 203.0.113.10/24")
        return found

    def network4(self, path: str, value: Any) -> IPv4Network | None:
        """Return an IPv4 network."""
        found = self.network(path, value)
        if isinstance(found, IPv6Network):
            self.problems.add(path, f"{found} is IPv6; IPv6 is not translated, and a LAN has it as network6")
            return None
        return found

    def range_or_address(self, path: str, value: Any) -> Network | None:
        """Return a network; an address alone is a network of its own."""
        if isinstance(value, str) and "/" not in value:
            address = self.any_address(path, value)
            return None if address is None else ip_network(address)
        return self.network(path, value)

    def networks(self, path: str, value: Any) -> list[tuple[str, Network]]:
        """Return the networks of a list that has at least one, each with its place."""
        found = [(place, self.range_or_address(place, item)) for place, item in self.items(path, value)]
        if not found and isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
            self.problems.add(path, "is empty; say any, or name networks")
        return [(place, network) for place, network in found if network is not None]

    def sources(self, path: str, value: Any) -> Sources:
        """Return who may come in: ``any``, or a list of networks and addresses."""
        if value is None or value == "any" or value == ["any"]:
            return Sources(path)
        if isinstance(value, (list, tuple)) and "any" in value:
            self.problems.add(path, "has any beside networks; one of them is a slip")
            return Sources(path)
        found = self.networks(path, value)
        return Sources(
            path,
            _merged([network for _place, network in found if isinstance(network, IPv4Network)]),
            _merged([network for _place, network in found if isinstance(network, IPv6Network)]),
            tuple(found),
        )
