"""Check the openings against each other: one public address, protocol and port leads to one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from ..intent.error import Problems
from .model import Ports, Public
from .rows import Intent, Opening, ServiceRow


class _Span(NamedTuple):
    """A range of ports of an address; ``order`` is its place in the user's order, ``owner`` what may overlap itself."""

    address: int
    protocol: str
    first: int
    last: int
    order: int
    path: str
    ports: Ports | None
    owner: object


def _overlaps(spans: Iterable[_Span]) -> Iterator[tuple[_Span, _Span]]:
    """Yield the spans that overlap one of another owner, the later of the user's order first: by sorting, not pair by pair."""
    widest: _Span | None = None
    for span in sorted(spans, key=lambda span: span[:5]):
        if widest is None or span[:2] != widest[:2] or span.first > widest.last:
            widest = span
            continue
        if span.owner is None or span.owner != widest.owner:
            yield (span, widest) if span.order > widest.order else (widest, span)
        if span.last > widest.last:
            widest = span


def _span(address: int, opening: Opening, ports: Ports | None, order: int, owner: object) -> _Span:
    low, high = (0, 0) if ports is None else (ports.first, ports.last)
    return _Span(address, opening.protocol, low, high, order, opening.path, ports, owner)


def public_of(row: ServiceRow, publics: Sequence[tuple[str, Public]]) -> IPv4Address | None:
    """Return the public address of a service: its own, or the first one."""
    return row.public or (publics[0][1].address if publics else None)


def _text(span: _Span) -> str:
    return span.protocol if span.ports is None else f"{span.protocol} {span.ports}"


def _place(span: _Span) -> str:
    return f"{span.path}.public" if span.ports is not None and not span.path.endswith(".profile") else span.path


def _ports(intent: Intent, publics: Sequence[tuple[str, Public]], problems: Problems) -> None:
    spans: list[_Span] = []
    for row in intent.services:
        public = public_of(row, publics)
        if public is None or row.host is None:
            continue
        number = int(public)
        for opening in row.openings:
            spans.append(_span(number, opening, opening.public, len(spans), None))
    for later, earlier in _overlaps(spans):
        word = "is" if later[2:4] == earlier[2:4] else f"overlaps {_text(earlier)} of"
        where = f"{problems.prefix}{earlier.path}"
        reason = f"{_text(later)} of {IPv4Address(later.address)} {word} {where} already; a port leads to one host"
        problems.add(_place(later), reason.replace(" already", "") if word != "is" else reason)


def _pinholes(intent: Intent, problems: Problems) -> None:
    spans: list[_Span] = []
    for row in intent.services:
        if row.host6 is None:
            continue
        number = int(row.host6)
        for opening in row.openings:
            # the ways in of one service may overlap when the same sources have them
            spans.append(_span(number, opening, opening.private, len(spans), (row.path, opening.sources.ipv6)))
    for later, earlier in _overlaps(spans):
        reason = (
            f"{_text(later)} of {IPv6Address(later.address)} is open by {problems.prefix}{earlier.path} as well; write it once"
        )
        problems.add(later.path, reason)


def _one_to_one(intent: Intent, problems: Problems) -> None:
    """A reserved address belongs to one host, and a host has one at most."""
    first_of = {wan.address: f"{path}.addresses" for path, wan in intent.router.wans}
    of_public: dict[IPv4Address, ServiceRow] = {}
    of_host: dict[IPv4Address, ServiceRow] = {}
    prefix = problems.prefix
    for row in intent.services:
        if row.mapping != "one_to_one" or row.public is None or row.host is None:
            continue
        path = f"{row.path}.public_address"
        if row.public in first_of:
            reason = f"{row.public} is the address that the LAN leaves with ({prefix}{first_of[row.public]}); reserve another one"
            problems.add(path, reason)
        other = of_public.setdefault(row.public, row)
        if other.host != row.host:
            problems.add(path, f"{row.public} is reserved for {other.host} at {prefix}{other.path} already")
            continue
        other = of_host.setdefault(row.host, row)
        if other.public != row.public:
            problems.add(path, f"{row.host} has {other.public} reserved at {prefix}{other.path} already; a host leaves with one")
    for row in intent.services:
        holder = of_public.get(row.public) if row.public is not None else None
        if holder is not None and row.mapping != "one_to_one":
            reason = (
                f"{row.public} is reserved one_to_one for {holder.host} at {prefix}{holder.path}; forward from another address"
            )
            problems.add(f"{row.path}.public_address", reason)


def _default(intent: Intent, publics: Sequence[tuple[str, Public]], problems: Problems) -> None:
    """A service that names no address gets the first, which must not be reserved."""
    reserved = {row.public: row for row in intent.services if row.mapping == "one_to_one" and row.public is not None}
    if not publics or publics[0][1].address not in reserved:
        return
    holder = reserved[publics[0][1].address]
    for row in intent.services:
        if row.mapping != "one_to_one" and row.public is None and row.host is not None and row.openings:
            reason = f"is missing; the first one, {holder.public}, is reserved one_to_one at {problems.prefix}{holder.path}"
            problems.add(f"{row.path}.public_address", reason)


def check_openings(intent: Intent, publics: Sequence[tuple[str, Public]], problems: Problems) -> None:
    """Note everything in ``problems`` that the openings do to each other."""
    _one_to_one(intent, problems)
    _default(intent, publics, problems)
    _ports(intent, publics, problems)
    _pinholes(intent, problems)
