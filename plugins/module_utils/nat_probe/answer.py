"""The module's whole answer out of what was asked and seen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from . import addresses, firewalls, lanes, verdict
from .finding import WARNING, Finding, ordered
from .host import Host
from .question import Question


def answer(question: Question, host: Host, names: verdict.Names, seen: firewalls.Seen | None, fault: str = "") -> dict[str, Any]:
    """What the module returns. Without ``seen`` firewalls were not looked at, and ``fault`` says why if that is a pity."""
    found = verdict.judge(question, host, names)
    findings = list(found.findings)
    wan = question.wan or host.outward()
    lan = question.lan or (host.inward(wan) if host.forwarding.get("ipv4") else ())
    findings.extend(_missing(host, "wan", question.wan))
    findings.extend(_missing(host, "lan", question.lan))
    rows: list[dict[str, Any]] = []
    if seen is not None:
        rows, more = firewalls.judge(seen, lanes.lanes(question, host, wan, lan), question.backend)
        findings.extend(more)
    if fault:
        findings.append(Finding("Not every firewall was looked at", WARNING, fault, "Run the probe as root, with nft installed"))
    public = [question.public_address] if question.public_address else []
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
        "firewalls": rows,
    }


def _missing(host: Host, option: str, names: tuple[str, ...]) -> list[Finding]:
    there = {link.interface for link in host.links}
    return [
        Finding(
            f"There is no interface {name} with an address", WARNING, f"option {option}; there are {', '.join(sorted(there))}"
        )
        for name in names
        if name not in there
    ]
