"""Reads one kind of raw value at a time; what is wrong is noted with its path and the reading goes on."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from ..intent import reader as intent
from .error import NameFault
from .name import Name
from .network import Network
from .record import Address


class Reader(intent.Reader):
    """``problems`` receives the faults."""

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
