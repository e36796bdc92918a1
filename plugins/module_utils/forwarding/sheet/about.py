"""Parse: what the hand-off sheet says beside the plan, as people write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any

from ...dns.error import NameFault
from ...dns.name import Name
from ...intent.error import Problem, Problems
from ...intent.reader import Reader, quoted
from ...public_dns.error import PublicDnsError
from ...public_dns.model import RecordSet
from ...public_dns.parse import parse as parse_records
from .model import About

KEYS = ("title", "name", "host", "dns", "zone", "records", "published", "renews_by_http")
#: A title is one line of a ticket.
_MOST = 80


def _title(reader: Reader, value: Any) -> str:
    if value in (None, ""):
        return ""
    text = reader.text("sheet.title", value) or ""
    if len(text) > _MOST or not text.isprintable():
        reader.problems.add("sheet.title", f"{quoted(text)} is not one line of at most {_MOST} characters")
    return text


def _name(reader: Reader, value: Any) -> str:
    """Return a host name; it stands in commands, so nothing else may."""
    if value in (None, ""):
        return ""
    try:
        name = Name.parse(reader.text("sheet.name", value) or "invalid.")
    except NameFault as fault:
        reader.problems.add("sheet.name", str(fault))
        return ""
    if not name.is_host:
        reader.problems.add("sheet.name", f"{name.text} is not a host name")
    return name.text


def _ipv4(reader: Reader, path: str, value: Any) -> Iterator[IPv4Address]:
    found = reader.address(path, value)
    if isinstance(found, IPv4Address):
        yield found
    elif found is not None:
        reader.problems.add(path, f"{found} is not an IPv4 address")


def _records(reader: Reader, row: Mapping[str, Any]) -> tuple[RecordSet, ...]:
    if not row.get("records"):
        return ()
    try:
        return parse_records({"zone": row.get("zone"), "records": row["records"]}, f"{reader.problems.prefix}sheet.").records
    except PublicDnsError as error:
        reader.problems.found.extend(Problem(one.path, one.reason) for one in error.problems)
        return ()


def about(value: Any, problems: Problems) -> About:
    """Return what ``value`` says, which is a mapping with some of KEYS, or None; faults are noted in ``problems``."""
    reader = Reader(problems)
    row = reader.row("sheet", {} if value is None else value, KEYS, ())
    if row is None:
        return About()
    hosts = [] if row.get("host") in (None, "") else list(_ipv4(reader, "sheet.host", row["host"]))
    return About(
        title=_title(reader, row.get("title")),
        name=_name(reader, row.get("name")),
        host=hosts[0] if hosts else None,
        dns=tuple(found for path, item in reader.items("sheet.dns", row.get("dns")) for found in _ipv4(reader, path, item)),
        zone=str(row.get("zone") or "").rstrip("."),
        records=_records(reader, row),
        published=row.get("published") is not None and reader.truth("sheet.published", row["published"]),
        renews_by_http=row.get("renews_by_http") is not None and reader.truth("sheet.renews_by_http", row["renews_by_http"]),
    )
