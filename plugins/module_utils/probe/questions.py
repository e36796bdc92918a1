"""Asks name servers one question each and returns the whole answer as data (dnspython)."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from ..verify import classify


def ask(server: str, name: str, kind: str, recursion: bool, timeout: float) -> dict[str, Any]:
    """One question to one name server, over TCP too when the answer was cut; ``error`` says why there is no answer.

    Raises ValueError for what is no name, type or address.
    ``authoritative`` is the bit AA, ``validated`` AD, ``signed`` whether signatures came along (RFC 4035, 3.1).
    """
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query
    import dns.rcode
    import dns.rdatatype

    asked = {"server": server, "name": name, "type": kind}
    try:
        query = dns.message.make_query(name, kind, want_dnssec=True)
    except dns.exception.DNSException as error:
        raise ValueError(f"{name} {kind}: {error}") from error
    query.flags |= dns.flags.AD
    if not recursion:
        query.flags &= ~dns.flags.RD
    begun = time.monotonic()
    try:
        answer, _tcp = dns.query.udp_with_fallback(query, server, timeout=timeout)
    except dns.exception.Timeout:
        return {**asked, **_none("no answer in time")}
    except (dns.exception.DNSException, OSError) as error:
        return {**asked, **_none(classify.words(error))}
    rows = [(dns.rdatatype.to_text(one.rdtype), one) for rows in answer.answer for one in rows]
    every = [one for part in (answer.answer, answer.authority) for rows in part for one in rows]
    return {
        **asked,
        "rcode": dns.rcode.to_text(answer.rcode()),
        "answers": sorted(str(one) for _kind, one in rows if _kind == kind.upper()),
        "aliases": [str(one) for _kind, one in rows if _kind == "CNAME" and kind.upper() != "CNAME"],
        "serial": next((int(one.serial) for one in every if one.rdtype == dns.rdatatype.SOA), None),
        "authoritative": bool(answer.flags & dns.flags.AA),
        "validated": bool(answer.flags & dns.flags.AD),
        "signed": any(one.rdtype == dns.rdatatype.RRSIG for one in every),
        "milliseconds": round((time.monotonic() - begun) * 1000),
        "error": "",
    }


def _none(error: str) -> dict[str, Any]:
    return {
        "rcode": "",
        "answers": [],
        "aliases": [],
        "serial": None,
        "authoritative": False,
        "validated": False,
        "signed": False,
        "milliseconds": None,
        "error": error,
    }


def differs(answer: dict[str, Any], expected: Collection[str] | None, rcode: str) -> str:
    """What of an answer is not as expected, empty when all is; None expects any answers."""
    if answer["error"]:
        return str(answer["error"])
    if rcode and answer["rcode"] != rcode.upper():
        return f"{answer['rcode']} instead of {rcode.upper()}"
    if expected is not None and sorted(answer["answers"]) != sorted(expected):
        return f"{', '.join(answer['answers']) or 'nothing'} instead of {', '.join(sorted(expected)) or 'nothing'}"
    return ""
