"""Records of a public zone as they should be, and what name servers say of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..dns.name import Name


@dataclass(frozen=True)
class Key:
    """A TSIG key (RFC 8945); the secret is base64 and in no text of this object."""

    name: str
    algorithm: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class RecordSet:
    """All records of one name and type; ``values`` are their data as a zone file holds them, sorted, none: no such record.

    ``path`` is where it stands in the user's variables.
    """

    path: str
    name: Name
    kind: str
    ttl: int
    values: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        """The records as lines of a zone file (RFC 1035 5.1), every name in full."""
        return lines(self.name, self.ttl, self.kind, self.values)


def lines(name: Name, ttl: int, kind: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return records as lines of a zone file, every name in full."""
    return tuple(f"{name} {ttl} IN {kind} {value}" for value in values)


@dataclass(frozen=True)
class Intent:
    """What the zone should hold, who is asked to change it (``server``, a name or an address) and by which right (``key``).

    ``wait`` is in seconds; ``authoritative`` are addresses to be asked in place of those of the zone's NS records.
    """

    zone: Name
    records: tuple[RecordSet, ...]
    server: str = ""
    port: int = 53
    key: Key | None = None
    wait: int = 60
    authoritative: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """A name server at one of its addresses."""

    name: str
    address: str

    def __str__(self) -> str:
        return self.address if self.name in ("", self.address) else f"{self.name} ({self.address})"


@dataclass(frozen=True)
class Reading:
    """What one server says of a name and type; ``alias`` is the target of a CNAME, ``fault`` why it says nothing of use."""

    values: tuple[str, ...] = ()
    ttl: int | None = None
    alias: str = ""
    fault: str = ""

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        if self.alias:
            return f"says that the name is an alias (CNAME) of {self.alias}"
        return f"says {', '.join(self.values)}" if self.values else "has no such record"


@dataclass(frozen=True)
class Answer:
    """What a server said of a record set."""

    server: Server
    record: RecordSet
    reading: Reading

    @property
    def agrees(self) -> bool:
        """Whether these are the values that should be; what a server makes of the TTL is its own affair."""
        return not self.reading.fault and not self.reading.alias and self.reading.values == self.record.values
