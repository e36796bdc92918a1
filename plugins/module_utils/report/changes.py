"""What is different from the report before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .ports import LOCAL

Data = Mapping[str, Any]
#: A fact by the host that told it (empty when no single one did) and what it is about.
Facts = dict[tuple[str, str], str]


def changes(before: Data | None, now: Data) -> dict[str, Any]:
    """``since`` (when the report before was made, empty without one) and ``list``: what, host, subject, before, after.

    What was not there before has an empty ``before``, what is gone an empty ``after``. Of a host that did not answer one of the
    two times nothing is known, so nothing of it has changed.
    """
    if before is None or before.get("format") != now["format"] or before.get("domain") != now["domain"]:
        return {"since": "", "list": []}
    try:
        pairs = {what: (facts(before), facts(now)) for what, facts in FACTS.items()}
        unknown = _silent(before) | _silent(now)
        return {
            "since": str(before["when"]),
            "list": [one for what, pair in pairs.items() for one in _compared(what, *pair, unknown)],
        }
    except (KeyError, TypeError, AttributeError):
        return {"since": "", "list": []}  # somebody has edited the report before; that is no reason to have none now


def _silent(report: Data) -> set[str]:
    return {host for host, one in report["hosts"].items() if not one["answered"]} | set(report.get("silent", []))


def _compared(what: str, old: Facts, new: Facts, unknown: set[str]) -> Iterator[dict[str, str]]:
    for key in [*new, *(one for one in old if one not in new)]:
        host, subject = key
        if old.get(key, "") == new.get(key, "") or (what in OF_HOSTS and host in unknown):
            continue
        if what == "certificate" and unknown and not (key in old and key in new):
            continue
        yield {"what": what, "host": host, "subject": subject, "before": old.get(key, ""), "after": new.get(key, "")}


def _verdict(report: Data) -> Facts:
    return {("", report["name"]): "working" if report["ok"] else "broken"}


def _rungs(report: Data) -> Facts:
    """What does not hold. A rung that was not judged says nothing of itself, so it is no change."""
    return {
        (host, one["rung"]): (one["seen"] or "broken").splitlines()[0] for one in report["problems"] for host in one["vantages"]
    }


def _vantages(report: Data) -> Facts:
    return {(host, "seat"): one["seat"] for host, one in report["vantages"].items()}


def _addresses(report: Data) -> Facts:
    return {(host, "address"): one["address"] for host, one in report["hosts"].items()}


def _bundle(report: Data) -> Facts:
    return {(host, "bundle"): serial for serial, hosts in report["bundle"]["serials"].items() for host in hosts}


def _versions(report: Data) -> Facts:
    packages = {
        (host, package): version
        for package, versions in report["versions"].items()
        for version, hosts in versions.items()
        for host in hosts
    }
    systems = {(host, key): one[key] for host, one in report["hosts"].items() for key in ("system", "kernel") if one[key]}
    return {**systems, **packages}


def _certificates(report: Data) -> Facts:
    """By name and kind, with the first part of the sum; the lists are renewed all the time and are not told."""
    facts: dict[tuple[str, str], list[str]] = {}
    for row in report["certificates"]:
        if row["kind"] != "revocation list":
            facts.setdefault(("", f"{row['name']} ({row['kind']})"), []).append(f"until {row['ends']} ({row['sha256'][:8]})")
    return {key: ", ".join(sorted(values)) for key, values in facts.items()}


def _zones(report: Data) -> Facts:
    return {(host, row["zone"]): str(serial or "") for row in report["zones"] for host, serial in row["serials"].items()}


def _ports(report: Data) -> Facts:
    return {
        (row["host"], f"{row['protocol']} {row['port']}"): ", ".join(filter(None, [row["process"] or "open", *row["outside"]]))
        for row in report["ports"]
        if row["state"] != LOCAL and row["addresses"]
    }


FACTS: dict[str, Callable[[Data], Facts]] = {
    "verdict": _verdict,
    "fault": _rungs,
    "seat": _vantages,
    "machine": _addresses,
    "bundle": _bundle,
    "version": _versions,
    "certificate": _certificates,
    "zone": _zones,
    "port": _ports,
}
#: What a host alone can tell of itself.
OF_HOSTS = ("fault", "seat", "bundle", "version", "zone", "port")
