"""Records that cannot be invalid: an owner and its data, with the text of a zone file (RFC 1035 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Union

from .error import NameFault
from .name import Name

Address = Union[IPv4Address, IPv6Address]

_STRING_BYTES = 255
_TEXT_BYTES = 4000


@dataclass(frozen=True)
class Host:
    """A or AAAA."""

    address: Address

    @property
    def kind(self) -> str:
        """The type of the record."""
        return "A" if self.address.version == 4 else "AAAA"

    def text(self, origin: Name) -> str:
        """Return the data as a zone file of ``origin`` holds it."""
        return str(self.address)


@dataclass(frozen=True)
class Pointer:
    """A record whose data is one name: CNAME, NS or PTR."""

    kind: str
    target: Name

    def text(self, origin: Name) -> str:
        """Return the data as a zone file of ``origin`` holds it."""
        return self.target.relative(origin)


@dataclass(frozen=True)
class Service:
    """SRV (RFC 2782); the root as target says that the service is decidedly not offered."""

    priority: int
    weight: int
    port: int
    target: Name
    kind: str = "SRV"

    def __post_init__(self) -> None:
        for what in ("priority", "weight", "port"):
            if not 0 <= getattr(self, what) <= 65535:
                raise NameFault(f"{getattr(self, what)} is not a {what} (0-65535)")

    def text(self, origin: Name) -> str:
        """Return the data as a zone file of ``origin`` holds it."""
        return f"{self.priority} {self.weight} {self.port} {self.target.relative(origin)}"


@dataclass(frozen=True)
class Text:
    """TXT; longer texts are cut into strings of 255 bytes (RFC 7208 3.3)."""

    value: str
    kind: str = "TXT"

    def __post_init__(self) -> None:
        if not self.value:
            raise NameFault("is empty")
        if any(ord(char) < 32 or ord(char) == 127 for char in self.value):
            raise NameFault("holds a control character, such as a line break")
        if len(self.value.encode("utf-8", "surrogateescape")) > _TEXT_BYTES:
            raise NameFault(f"is longer than {_TEXT_BYTES} bytes")

    def text(self, origin: Name) -> str:
        """Return the data as a zone file of ``origin`` holds it, every special byte escaped."""
        data = self.value.encode("utf-8", "surrogateescape")
        pieces = [data[start : start + _STRING_BYTES] for start in range(0, len(data), _STRING_BYTES)]
        return " ".join('"' + "".join(map(_escaped, piece)) + '"' for piece in pieces)


def _escaped(byte: int) -> str:
    char = chr(byte)
    if char in '"\\@':  # the at sign too, so that no text is the token of the serial
        return "\\" + char
    return char if 32 <= byte < 127 else f"\\{byte:03d}"


Data = Union[Host, Pointer, Service, Text]


@dataclass(frozen=True)
class Record:
    """One record of a zone."""

    owner: Name
    data: Data

    @property
    def order(self) -> tuple[object, ...]:
        """The key that sorts records: by owner, NS first, then by type and data."""
        data = self.data
        value = (data.address.version, int(data.address)) if isinstance(data, Host) else (0, data.text(self.owner))
        return (self.owner.order, data.kind != "NS", data.kind, value)
