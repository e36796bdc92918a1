"""The data of a record, one reader for each type that can be published: what people write becomes the text of a zone file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..dns.error import NameFault
from ..dns.name import ROOT, Name
from ..dns.reader import Reader
from ..dns.record import Host, Service, Text

#: Names in data are written in full, whatever the zone is.
_NO_ORIGIN = Name(("invalid",))
_CAA = re.compile(r'(\d{1,3}) +([A-Za-z0-9]{1,15}) +(?:"([^"\\]*)"|([^" \\;]+))', re.ASCII)


@dataclass(frozen=True)
class Authorization:
    """CAA (RFC 8659): who may issue certificates for the name."""

    flags: int
    tag: str
    value: str
    kind: str = "CAA"

    def __post_init__(self) -> None:
        if not 0 <= self.flags <= 255:
            raise NameFault(f"has the flags {self.flags}; they are a number from 0 to 255")
        if not self.value.isascii() or not self.value.isprintable():
            raise NameFault("has a value with characters that are not printable ASCII")

    def text(self) -> str:
        """The data as a zone file holds it."""
        return f'{self.flags} {self.tag.lower()} "{self.value}"'


def _address(version: int, reader: Reader, path: str, value: str) -> str | None:
    address = reader.address(path, value)
    if address is None:
        return None
    if address.version != version:
        reader.problems.add(path, f"{address} is an IPv{address.version} address; that is for type {Host(address).kind}")
        return None
    return str(address)


def _a(reader: Reader, path: str, value: str) -> str | None:
    return _address(4, reader, path, value)


def _aaaa(reader: Reader, path: str, value: str) -> str | None:
    return _address(6, reader, path, value)


def _srv(reader: Reader, path: str, value: str) -> str | None:
    words = value.split()
    if len(words) != 4:
        reader.problems.add(path, f"{value!r} is not priority, weight, port and target, such as 0 5 5222 chat.example.com.")
        return None
    numbers = [reader.number(path, word, 0, 65535) for word in words[:3]]
    if None in numbers:
        return None
    if words[3] != "." and len(words[3].rstrip(".").split(".")) < 2:
        reader.problems.add(path, f"{words[3]!r} is not a whole name; write the target in full, such as chat.example.com.")
        return None
    target = ROOT if words[3] == "." else Name.parse(words[3])
    priority, weight, port = (number or 0 for number in numbers)
    return Service(priority, weight, port, target).text(_NO_ORIGIN)


def _caa(reader: Reader, path: str, value: str) -> str | None:
    found = _CAA.fullmatch(value)
    if not found:
        reader.problems.add(path, f'{value!r} is not flags, tag and value, such as 0 issue "ca.example.net"')
        return None
    flags, tag, quoted, bare = found.groups()
    return Authorization(int(flags), tag, bare if quoted is None else quoted).text()


def _txt(reader: Reader, path: str, value: str) -> str | None:
    if len(value) > 1 and value[0] == value[-1] == '"':
        reader.problems.add(path, f"{value!r} has quotes around it; write the text itself")
        return None
    return Text(value).text(_NO_ORIGIN)


#: The types that can be published.
KINDS = {"A": _a, "AAAA": _aaaa, "SRV": _srv, "CAA": _caa, "TXT": _txt}


def read(reader: Reader, path: str, kind: str, value: object) -> str | None:
    """Return the data of a record of this type as a zone file holds it; what is wrong goes to the reader's problems."""
    text = reader.text(path, value)
    if text is None:
        return None
    try:
        return KINDS[kind](reader, path, text)
    except NameFault as fault:
        reader.problems.add(path, str(fault))
        return None
