"""A zone that cannot be invalid: it has a name server, owns every name in it, and no CNAME stands beside other data."""

from __future__ import annotations

from dataclasses import dataclass, field

from .error import NameFault
from .name import Name
from .record import Record

#: The place of the serial, which the host fills in: it alone knows the serial that is live.
SERIAL = "@SERIAL@"


@dataclass(frozen=True)
class Times:
    """The times of a zone in seconds (RFC 1035 3.3.13, RFC 2308).

    The secondary asks each ``refresh`` and, told nothing, each ``retry``; it serves for ``expire`` without the primary,
    four weeks; ``negative`` is how long "no such name" is remembered.
    """

    ttl: int = 300
    refresh: int = 3600
    retry: int = 300
    expire: int = 2419200
    negative: int = 60


@dataclass(frozen=True)
class Mailbox:
    """The mail address of whoever answers for a zone, as the SOA holds it (RFC 1035 8)."""

    local: str
    domain: Name

    def __post_init__(self) -> None:
        known = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+.")
        if not self.local or not set(self.local) <= known or len(self.local) > 63:
            raise NameFault(f"{self.local!r} is not the first half of a mail address")

    def __str__(self) -> str:
        return self.local.replace(".", "\\.") + "." + str(self.domain)


@dataclass(frozen=True)
class Zone:
    """``kind`` is forward, reverse, split, root, loopback or policy; ``master`` and ``mailbox`` are the names in its SOA."""

    origin: Name
    kind: str
    master: Name
    mailbox: Mailbox
    records: tuple[Record, ...]
    times: Times = field(default_factory=Times)

    def __post_init__(self) -> None:
        if not any(record.owner == self.origin and record.data.kind == "NS" for record in self.records):
            raise NameFault(f"zone {self.origin} has no name server")
        aliases = {record.owner for record in self.records if record.data.kind == "CNAME"}
        for record in self.records:
            if not record.owner.under(self.origin):
                raise NameFault(f"{record.owner} is not inside the zone {self.origin}")
        for alias in sorted(aliases, key=lambda name: name.order):
            if sum(record.owner == alias for record in self.records) > 1:
                raise NameFault(f"{alias} has a CNAME beside other data")
        if len(set(self.records)) < len(self.records):
            raise NameFault(f"zone {self.origin} holds a record twice")

    @property
    def sorted_records(self) -> tuple[Record, ...]:
        """The records in their one order."""
        return tuple(sorted(self.records, key=lambda record: record.order))
