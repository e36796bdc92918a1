"""The module's whole answer out of what was asked and seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from . import addresses, declared, firewalls, lanes, listeners, translations, verdict
from .finding import MISSING_INTERFACE, NOT_READ, WARNING, Finding, blocking, ordered, told
from .host import Host
from .question import Question


def answer(
    question: Question,
    host: Host,
    names: verdict.Names,
    seen: firewalls.Seen | None,
    fault: str = "",
    sockets: listeners.Sockets | None = None,
) -> dict[str, Any]:
    """What the module returns. Without ``seen`` firewalls were not looked at, and ``fault`` says why if that is a pity."""
    found = verdict.judge(question, host, names)
    findings = list(found.findings)
    wan = question.wan or host.outward()
    lan = question.lan or (host.inward(wan) if host.forwarding.get("ipv4") else ())
    findings.extend(_missing(question, host, "wan", question.wan))
    findings.extend(_missing(question, host, "lan", question.lan))
    findings.extend(declared.judge(question, host, names.addresses, wan))
    findings.extend(listeners.judge(sockets or listeners.Sockets(), question, host, wan))
    rows: list[dict[str, Any]] = []
    if seen is not None:
        rows, more = firewalls.judge(seen, lanes.lanes(question, host, wan, lan), question.backend)
        findings.extend(more)
        findings.extend(translations.judge(seen.tables, question, host, wan, lan))
    if fault:
        remedy = "Run the probe as root, with nft installed"
        findings.append(Finding(NOT_READ, "Not every firewall was looked at", WARNING, fault, remedy))
    public = [question.public_address] if question.public_address else []
    stopping = blocking(findings, question.accept)
    known = [*names.addresses, *public, *(link.address for link in host.links), *(way.gateway for way in host.ways)]
    return {
        "behind_nat": found.behind_nat,
        "reason": found.reason,
        "double_nat": found.double_nat,
        "name_addresses": list(names.addresses),
        "interface_addresses": [{**asdict(link), "class": link.kind} for link in host.links],
        "classes": {one: addresses.classify(one) for one in sorted(set(known)) if one},
        "default_gateways": [asdict(way) for way in host.ways],
        "wan": list(wan),
        "lan": list(lan),
        "ip_forward": dict(host.forwarding),
        "rp_filter": {name: host.rp_filter[name] for name in wan if name in host.rp_filter},
        "findings": [one.as_dict() for one in ordered(findings)],
        "blocking": [one.as_dict() for one in stopping],
        "told": told(stopping),
        "firewalls": rows,
    }


def _missing(question: Question, host: Host, option: str, names: tuple[str, ...]) -> list[Finding]:
    """Interfaces without an address, but for those that an address was declared for: that one is missing then."""
    there = {link.interface for link in host.links}
    known = {one.interface for one in (*question.publics, *question.addresses)}
    return [
        Finding(
            MISSING_INTERFACE,
            f"There is no interface {name} with an address",
            WARNING,
            f"option {option}; there are {', '.join(sorted(there))}",
        )
        for name in names
        if name not in there | known
    ]
