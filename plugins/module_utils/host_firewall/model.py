"""What a host lets in, once it has been parsed."""

from __future__ import annotations

from dataclasses import dataclass

from ..forwarding.model import Network, Ports

#: What becomes of everything that no row speaks of.
OTHERS = ("accept", "drop")


@dataclass(frozen=True)
class Row:
    """One way in. ``ports`` empty is every port, or a protocol without ports; ``sources`` empty means from anywhere."""

    protocol: str
    ports: tuple[Ports, ...]
    sources: tuple[Network, ...]


@dataclass(frozen=True)
class Host:
    """All of it: the ways in, and what becomes of everything else (one of OTHERS)."""

    rows: tuple[Row, ...]
    others: str
