"""Brings a zone to what it should be, and looks until every name server of the zone says so."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..dns.name import Name
from ..intent.error import Problem
from ..public_dns import message
from ..public_dns.error import PublicDnsError
from ..public_dns.model import Answer, Intent, Reading, RecordSet, Server
from ..public_dns.plan import Change, changes, missing, too_late, wanting
from . import servers
from .talk import UNREACHABLE, Primary, Silence, look

ATTEMPTS = 4
#: How many changes may stay without an answer.
SILENCES = 2
PAUSE = 1.0


def _sibling(name: Name) -> str:
    """Return a name beside this one that nobody has; what is said of it comes from a wildcard."""
    return f"{secrets.token_hex(8)}.{'.'.join(name.labels[1:])}."


def _made_up(primary: Primary, record: RecordSet, reading: Reading) -> bool:
    """Whether a wildcard (RFC 4592) answers for the name, so that there is nothing to replace."""
    if record.name == primary.intent.zone or not (reading.values or reading.alias):
        return False
    return replace(primary.read(record, _sibling(record.name)), ttl=reading.ttl) == reading


def due(primary: Primary, prefix: str = "", wildcards: bool = True) -> tuple[Change, ...]:
    """Return what has to change at the primary."""
    readings = {}
    for record in primary.intent.records:
        reading = primary.read(record)
        differs = reading.alias or reading.values != record.values or reading.ttl != record.ttl
        if wildcards and differs and _made_up(primary, record, reading):
            if not record.values:
                reason = f"a wildcard answers for {record.name.text} with {record.kind}; it is to be removed at the zone"
                raise PublicDnsError([Problem(f"{prefix}{record.path}.name", reason)])
            reading = Reading()
        readings[record] = reading
    return changes(primary.intent.records, readings, prefix)


def apply(primary: Primary, prefix: str = "") -> tuple[Change, ...]:
    """Make the zone hold the records, in one transaction, and return what that changed.

    The transaction holds only while the zone is as it was read. When it was not, or no answer came, all is read anew.
    """
    sent: tuple[Change, ...] = ()
    silences, reason = 0, ""
    for attempt in range(ATTEMPTS):
        # a name may hold by itself what a wildcard says too: every second attempt takes the reading at its word
        found = due(primary, prefix, wildcards=attempt % 2 == 0)
        if not found:
            return sent
        if silences == SILENCES:
            break
        what = ", ".join(f"{change.record.kind} {change.record.name.text}" for change in found)
        sent = ()
        try:
            if primary.change(message.update(str(primary.intent.zone), found), what) == "NOERROR":
                return found
            reason = f"{primary.server} says each time that the zone has changed meanwhile; who else changes {what}?"
        except Silence as silence:
            sent, silences = found, silences + 1
            reason = f"{primary.server} answers questions by UDP, but for changes by TCP it {silence}"
    raise PublicDnsError([Problem(f"{prefix}server", reason)])


def survey(asked_of: Iterable[Server], records: Iterable[RecordSet]) -> tuple[Answer, ...]:
    """Ask every server for every record set, all at once.

    IPv6 addresses that this host has no way to are left out, as long as there is another to ask.
    """
    asked = [(server, record) for server in asked_of for record in records]
    with ThreadPoolExecutor(max_workers=16) as pool:
        readings = list(pool.map(lambda pair: look(*pair) if pair[0].address else Reading(fault="has no address"), asked))
    answers = tuple(Answer(server, record, reading) for (server, record), reading in zip(asked, readings))
    reached = tuple(answer for answer in answers if not _out_of_reach(answer))
    return reached or answers


def _out_of_reach(answer: Answer) -> bool:
    return ":" in answer.server.address and answer.reading.fault == UNREACHABLE


def agreement(intent: Intent, asked_of: tuple[Server, ...], wait: float) -> tuple[Answer, ...]:
    """Ask until every server has the records or ``wait`` seconds are over, once at least, and return the last answers."""
    end = time.monotonic() + wait
    while True:
        answers = survey(asked_of, intent.records)
        if not missing(intent.records, answers) or time.monotonic() + PAUSE > end:
            return answers
        time.sleep(PAUSE)


def work(intent: Intent, check_mode: bool, prefix: str = "") -> tuple[tuple[Change, ...], tuple[Answer, ...]]:
    """Publish (in check mode, or without a key, only look) and return what has changed and what the servers say then.

    Raises PublicDnsError, whose ``made`` tells what was changed all the same.
    """
    server = servers.primary(intent, prefix)
    if server is None or intent.key is None:
        answers = agreement(intent, servers.of_zone(intent, server, prefix), 0)
        return wanting(intent.records, answers), answers
    made = due(server, prefix) if check_mode else apply(server, prefix)
    try:
        answers = agreement(intent, servers.of_zone(intent, server, prefix), 0 if check_mode else intent.wait)
        if intent.wait and not check_mode and missing(intent.records, answers):
            raise too_late(intent, answers, prefix)
    except PublicDnsError as error:
        error.made = () if check_mode else made
        raise
    return made, answers
