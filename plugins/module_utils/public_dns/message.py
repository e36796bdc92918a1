"""Questions and changes as DNS messages, and what answers say (dnspython 2.3 and later)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from ..dns.name import ROOT
from ..dns.record import Text
from .model import Key, Reading, RecordSet
from .plan import Change
from .value import Authorization

if TYPE_CHECKING:
    import dns.message
    import dns.rdata
    import dns.update

_MD5 = "hmac-md5.sig-alg.reg.int."


def question(name: str, kind: str) -> dns.message.QueryMessage:
    """Return a question without recursion: the server shall say what it knows itself."""
    import dns.flags
    import dns.message

    made = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    made.flags &= ~dns.flags.RD
    return made


def sign(message: Any, key: Key | None) -> Any:
    """Return the message, to be signed when it is sent."""
    if key:
        import dns.name
        import dns.tsig

        algorithm = dns.name.from_text(_MD5 if key.algorithm == "hmac-md5" else f"{key.algorithm}.")
        tsig_key = dns.tsig.Key(key.name, key.secret, algorithm)
        message.use_tsig({tsig_key.name: tsig_key}, tsig_key.name, algorithm=algorithm)
    return message


def update(zone: str, made: Iterable[Change]) -> dns.update.UpdateMessage:
    """Return all changes as one transaction that holds only while the zone is as it was read (RFC 2136 2.4)."""
    import dns.update

    message = dns.update.UpdateMessage(zone)
    aliased: set[str] = set()
    for change in made:
        name, kind = str(change.record.name), change.record.kind
        if change.before.values:
            message.present(name, kind, *change.before.values)
        else:
            message.absent(name, kind)
        if change.record.values:
            # beside an alias the server would leave the record out and say nothing
            if name not in aliased:
                message.absent(name, "CNAME")
                aliased.add(name)
            message.replace(name, change.record.ttl, kind, *change.record.values)
        else:
            message.delete(name, kind)
    return message


def reading(answer: dns.message.Message, record: RecordSet, owner: str = "") -> Reading:
    """Return what an answer says of a record set, or of the same type at another ``owner``."""
    import dns.flags
    import dns.name
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype

    code = dns.rcode.to_text(answer.rcode())
    if code not in ("NOERROR", "NXDOMAIN"):
        return Reading(fault=f"says {code}")
    if not answer.flags & dns.flags.AA:
        return Reading(fault=_unauthorized(answer))
    name = dns.name.from_text(owner or str(record.name))
    rows = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, dns.rdatatype.from_text(record.kind))
    if rows is not None:
        return Reading(tuple(sorted({_text(row) for row in rows})), int(rows.ttl))
    alias = answer.get_rrset(answer.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
    return Reading(alias=alias[0].target.to_text(omit_final_dot=True).lower()) if alias else Reading()


def _unauthorized(answer: dns.message.Message) -> str:
    import dns.rdatatype

    for rows in answer.authority:
        if rows.rdtype == dns.rdatatype.NS:
            return f"is not in charge of the name; it points to the servers of {rows.name.to_text(omit_final_dot=True)}"
    return "is not in charge of the name (it answers from memory, or not at all)"


def _text(row: Any) -> str:
    """Return the data of a record as this core writes it."""
    import dns.rdatatype

    kind = dns.rdatatype.to_text(row.rdtype)
    if kind in ("A", "AAAA"):
        return str(ip_address(row.address))
    if kind == "SRV":
        return f"{row.priority} {row.weight} {row.port} {row.target.to_text().lower()}"
    try:
        if kind == "CAA":
            return Authorization(row.flags, row.tag.decode("ascii"), row.value.decode("ascii")).text()
        if kind == "TXT":
            return Text(b"".join(row.strings).decode("utf-8", "surrogateescape")).text(ROOT)
    except ValueError:  # no data that this core could have written
        pass
    return str(row.to_text())
