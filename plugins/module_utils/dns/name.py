"""A domain name that cannot be invalid (RFC 1035 2.3.4 for lengths, RFC 1123 2.1 for host names)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .error import NameFault

_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SERVICE_LABEL = re.compile(r"_[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_MAX_LABEL = 63
_MAX_NAME = 253


def _label_fault(label: str) -> str | None:
    if not label:
        return "has an empty label"
    if len(label) > _MAX_LABEL:
        return f"has a label of {len(label)} characters, {_MAX_LABEL} are allowed"
    if not label.isascii():
        return f"has the label {label!r}; write it in its xn-- form"
    if not _HOST_LABEL.fullmatch(label) and not _SERVICE_LABEL.fullmatch(label):
        return f"has the label {label!r}; a label is letters, digits and inner hyphens"
    return None


@dataclass(frozen=True)
class Name:
    """An absolute domain name: its labels in lower case, from the host to the top; no labels are the root."""

    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        for label in self.labels:
            fault = _label_fault(label)
            if fault:
                raise NameFault(f"{'.'.join(self.labels)!r} {fault}")
        if len(".".join(self.labels)) > _MAX_NAME:
            raise NameFault(f"{'.'.join(self.labels)!r} has {len('.'.join(self.labels))} characters, {_MAX_NAME} are allowed")

    @classmethod
    def parse(cls, text: str) -> Name:
        """Return the name that ``text`` spells, with or without its last dot; raise NameFault when it spells none."""
        bare = text[:-1] if text.endswith(".") else text
        return cls(tuple(bare.lower().split(".")))

    @property
    def is_host(self) -> bool:
        """Whether every label may stand in a host name, that is, none begins with an underscore."""
        return not any(label.startswith("_") for label in self.labels)

    @property
    def text(self) -> str:
        """The name without its last dot, as people write it; the root is a dot."""
        return ".".join(self.labels) or "."

    @property
    def order(self) -> tuple[str, ...]:
        """The key that sorts names as DNSSEC does (RFC 4034 6.1): a domain right before what is under it."""
        return tuple(reversed(self.labels))

    def under(self, other: Name) -> bool:
        """Whether this name is ``other`` or inside it."""
        return not other.labels or self.labels[-len(other.labels) :] == other.labels

    def relative(self, origin: Name) -> str:
        """Return the name as a zone file of ``origin`` writes it: ``@``, relative, or absolute with its last dot."""
        if self == origin:
            return "@"
        if origin.labels and self.under(origin):
            return ".".join(self.labels[: -len(origin.labels)])
        return str(self)

    def __add__(self, other: Name) -> Name:
        return Name(self.labels + other.labels)

    def __str__(self) -> str:
        return ".".join(self.labels) + "."


ROOT = Name(())
