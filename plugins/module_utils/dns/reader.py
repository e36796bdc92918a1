"""Reads one kind of raw value at a time; what is wrong is noted with its path and the reading goes on."""

from __future__ import annotations

from typing import Any

from ..intent import reader as intent
from .error import NameFault
from .name import Name


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
