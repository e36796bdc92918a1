"""What works and is worth a look: before it becomes a fault, or because nobody planned it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .ports import UNPLANNED

Data = Mapping[str, Any]
#: Days that a certificate should still have: a server's is renewed long before, a new root has to get onto every device.
_DAYS = {"server": 10, "authority": 30, "root": 180, "revocation list": 1}
#: Of a disk that fills: free megabytes and free parts in a hundred, below both of which it is named.
_FREE_MB, _FREE_PERCENT = 5120, 10
#: A disk with less is named whatever its size.
_LITTLE_MB = 500
_SECONDS = 30


def notices(report: Data) -> list[str]:
    """One line each, in the order in which they matter."""
    return [
        *_warned(report),
        *_unanswered(report),
        *_certificates(report["certificates"]),
        *_zones(report["zones"]),
        *_disks(report["hosts"]),
        *_clocks(report["hosts"]),
        *_ports(report["ports"]),
        *_bundle(report["bundle"]["serials"]),
    ]


def _warned(report: Data) -> Iterator[str]:
    for one in report["warnings"]:
        yield f"{', '.join(one['vantages'])}: {one['rung']}: {one['seen']}; {one['cause']}. To do: {one['remedy']}"


def _unanswered(report: Data) -> Iterator[str]:
    for host, one in report["hosts"].items():
        if not one["answered"] and host not in report["silent"]:  # a silent one is a finding
            yield f"{host} did not describe itself: {one['said']}"


def _certificates(rows: list[Data]) -> Iterator[str]:
    for row in rows:
        left = row["days_left"]
        if is_ending(row):
            words = "has ended" if left < 0 else f"ends in {days(left)}"
            yield f"{row['name']} ({row['kind']}, on {', '.join(sorted({place['host'] for place in row['places']}))}) {words}"


def is_ending(row: Data) -> bool:
    """Whether a certificate or a list has fewer days left than it should ever have."""
    return bool(row["days_left"] < _DAYS[row["kind"]])


def days(count: int) -> str:
    return "less than a day" if count == 0 else "1 day" if count == 1 else f"{count} days"


def _zones(rows: list[Data]) -> Iterator[str]:
    for row in rows:
        for host, fault in row["faults"].items():
            yield f"{host} does not serve the zone {row['zone']}: {fault}"
        serials = {serial for serial in row["serials"].values() if serial is not None}
        if len(serials) > 1:
            yield f"the name servers differ about {row['zone']}: {', '.join(f'{h} has {s}' for h, s in row['serials'].items())}"


def _disks(hosts: Data) -> Iterator[str]:
    for host, one in hosts.items():
        for disk in one["disks"]:
            free, size = disk["free_mb"], max(disk["size_mb"], 1)
            if disk["read_only"]:
                yield f"{host}: {disk['path']} is mounted read-only"
            elif free < _LITTLE_MB or (free < _FREE_MB and free * 100 < size * _FREE_PERCENT):
                yield f"{host}: {disk['path']} has {free} MB free of {size} MB"


def _clocks(hosts: Data) -> Iterator[str]:
    for host, one in hosts.items():
        ahead, source = one["clock"].get("ahead", 0.0), one["clock"].get("source")
        if abs(ahead) > _SECONDS:
            yield f"{host}: its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the control node's"
        if source and not source["synchronised"]:
            yield f"{host}: its clock follows no time source"


def _ports(rows: list[Data]) -> Iterator[str]:
    for row in rows:
        if row["state"] == UNPLANNED:
            who = row["process"] or "something"
            yield f"{row['host']}: {who} listens on {row['protocol']} {row['port']}, which nobody planned"


def _bundle(serials: Mapping[str, list[str]]) -> Iterator[str]:
    if len(serials) > 1:
        told = "; ".join(f"{serial} on {', '.join(hosts)}" for serial, hosts in serials.items())
        yield f"the hosts use different bundles: {told}"
