"""The hand-off sheet, as parsed and as computed: what is said, apart from how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Union

from ...public_dns.model import RecordSet


@dataclass(frozen=True)
class About:
    """What the plan does not know of the site.

    ``name`` is what people outside type, ``host`` the chat server that it leads to, ``dns`` the name servers of the LAN.
    ``published`` says that the site enters its ``records`` itself, ``renews_by_http`` that its certificate authority asks on
    port 80.
    """

    title: str = ""
    name: str = ""
    host: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()
    zone: str = ""
    records: tuple[RecordSet, ...] = ()
    published: bool = False
    renews_by_http: bool = False


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Points:
    """Paragraphs that stand beside each other."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells; those of the columns in ``code`` (by number) are typed as they are."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lines:
    """Lines that are entered somewhere as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Trial:
    """A command of one line, what it proves, and what it answers when all is well."""

    number: str
    what: str
    command: str
    answer: str


@dataclass(frozen=True)
class Trials:
    """Commands that are given at one seat."""

    seat: str
    rows: tuple[Trial, ...]


Block = Union[Words, Points, Table, Lines, Trials]


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole of it; ``number`` is another one when anything in it is another."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    number: str = ""
