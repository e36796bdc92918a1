"""Render: the sheet for whoever keeps the public zone by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .model import Intent, RecordSet

#: A string of a zone file, and what may be escaped in it (RFC 1035 5.1).
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(\d{3}|.)")
_HEAD = """\
# Records for the public zone {zone}

Make these records where {zone} is kept, and leave all others as they are.
Another TTL does no harm; with a long one a later change takes as long to be seen.
"""


def _short(record: RecordSet, zone: str) -> str:
    """Return the name as providers' forms want it: without the zone, which is ``@``."""
    bare = record.name.text
    return "@" if bare == zone else bare[: -len(zone) - 1]


def _srv(value: str) -> str:
    priority, weight, port, target = value.split()
    return f"priority {priority}, weight {weight}, port {port}, target {target}"


def _caa(value: str) -> str:
    flags, tag, text = value.split(" ", 2)
    return f"flags {flags}, tag {tag}, value {text[1:-1]}"


def _txt(value: str) -> str:
    """Return the text itself: providers' forms cut and escape it on their own."""
    pieces = "".join(_STRING.findall(value))
    data = _ESCAPE.sub(lambda found: bytes([int(found[1])]) if found[1].isdigit() else found[1], pieces.encode())
    return data.decode("utf-8", "replace")


#: How providers ask for data: in several fields, or as it is meant.
_FIELDS = {"SRV": _srv, "CAA": _caa, "TXT": _txt}


def _clicks(intent: Intent) -> Iterator[str]:
    yield from ("| type | name | value | TTL |", "| --- | --- | --- | --- |")
    for record in intent.records:
        for value in record.values:
            shown = _FIELDS.get(record.kind, str)(value).replace("|", "\\|")
            yield f"| {record.kind} | `{_short(record, intent.zone.text)}` | {shown} | {record.ttl} |"


def zone_lines(records: Iterable[RecordSet]) -> tuple[str, ...]:
    """Return all the records as lines of a zone file."""
    return tuple(line for record in records for line in record.lines())


def sheet(intent: Intent) -> str:
    """Return the hand-off sheet (Markdown): what to click, the same as zone-file lines, and how to look whether it is there."""
    wanted = [record for record in intent.records if record.values]
    gone = [record for record in intent.records if not record.values]
    parts = [_HEAD.format(zone=intent.zone.text)]
    if wanted:
        parts.append("## In the provider's form\n\n" + "\n".join(_clicks(intent)) + "\n")
        parts.append("No other record of the same name and type may stand beside them.\n")
        lines = "\n".join(zone_lines(wanted))
        parts.append(f"## In a zone file\n\n```\n{lines}\n```\n")
    if gone:
        lines = "\n".join(f"- {record.kind} `{_short(record, intent.zone.text)}`" for record in gone)
        parts.append(f"## To be removed\n\n{lines}\n")
    commands = "\n".join(f"dig +nocmd +noall +answer {record.name} {record.kind}" for record in intent.records)
    where = "From outside; a name server of the site may give other answers inside, as it should."
    parts.append(f"## To look whether it is done\n\n{where}\n\n```\n{commands}\n```\n")
    return "\n".join(parts)
