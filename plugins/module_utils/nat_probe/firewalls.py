"""Foreign firewalls: which are there, do they drop what we accept, and which line opens the way.

A packet has to be accepted in every table of the kernel; our own accept never overrides somebody else's drop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import configs, owners, remedies, walk
from .finding import ERROR, FLUSHED_RULES, FOREIGN_FIREWALL, INFO, WARNING, Finding
from .lanes import Lane
from .ruleset import IPTABLES, NFT, Table

NFTABLES_CONF = "/etc/nftables.conf"
UFW_CONF = "/etc/ufw/ufw.conf"
SHOREWALL_INTERFACES = "/etc/shorewall/interfaces"
FILES = (NFTABLES_CONF, UFW_CONF, SHOREWALL_INTERFACES)
#: Services that load rules, by their tool.
UNITS = {
    owners.UFW: "ufw.service",
    owners.FIREWALLD: "firewalld.service",
    owners.SHOREWALL: "shorewall.service",
    owners.DOCKER: "docker.service",
    owners.LIBVIRT: "libvirtd.service",
    owners.CSF: "csf.service",
}
NOT_NOW = "not in force"
_SHOWN = 12


@dataclass(frozen=True)
class Seen:
    """What was read: tables without our own, files by path, services that start at boot, zones of firewalld by interface."""

    tables: tuple[Table, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    enabled: frozenset[str] = frozenset()
    zones: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Blocked:
    """Lanes that a table hinders, the places that do it, and whether it is certain."""

    table: Table
    owner: str
    lanes: tuple[Lane, ...]
    places: tuple[str, ...]
    certain: bool


def judge(seen: Seen, lanes: Iterable[Lane], backend: str = NFT) -> tuple[list[dict[str, Any]], list[Finding]]:
    """A row for each firewall found, and what is to be said of them.

    With iptables as our ``backend`` our chains come first in its filter table, and what they accept, nobody else there drops.
    """
    wanted = list(lanes)
    ahead = {IPTABLES: ("filter",)}.get(backend, ())
    asked = [table for table in seen.tables if not (table.origin == backend and table.name in ahead)]
    blocked = [found for table in asked if (found := hindrance(table, wanted))]
    findings = [_told(one, seen) for one in blocked]
    rows = _rows(seen, blocked)
    findings.extend(_quiet(row) for row in rows if row["active"] and row["verdict"] == walk.PASSES)
    findings.extend(_later(row) for row in rows if not row["active"])
    findings.extend(_flush(seen))
    return rows, findings


def hindrance(table: Table, lanes: Iterable[Lane]) -> Blocked | None:
    """What of the lanes a table hinders; None when it lets all of them pass."""
    hindered, places, certain = [], set[str](), False
    for lane in lanes:
        for flow in lane.flows:
            found = walk.judge(table, flow)
            if found.outcome == walk.PASSES:
                continue
            hindered.append(lane)
            places.update(found.places)
            certain = certain or found.outcome == walk.DROPS
            break
    if not hindered:
        return None
    return Blocked(table, owners.responsible(table, places), tuple(hindered), tuple(sorted(places)), certain)


def _told(blocked: Blocked, seen: Seen) -> Finding:
    table, owner = blocked.table, blocked.owner
    zones = configs.shorewall_zones(seen.files.get(SHOREWALL_INTERFACES, "")) if owner == owners.SHOREWALL else seen.zones
    hooks = {lane.hook for lane in blocked.lanes}
    chains = {hook: tuple(one.name for one in table.base(hook) if _drops(table, one.name, blocked)) for hook in hooks}
    lines = remedies.lines(owner, remedies.Scene(table, chains, zones), blocked.lanes)
    ways = [str(lane) for lane in blocked.lanes]
    more = f", and {len(ways) - _SHOWN} more" if len(ways) > _SHOWN else ""
    detail = f"{table.title} ({'; '.join(blocked.places)}): {', '.join(ways[:_SHOWN])}{more}. {remedies.lasting(owner, table)}"
    what = f"{owner} {'drops' if blocked.certain else 'may drop'} what the site needs"
    return Finding(FOREIGN_FIREWALL, what, ERROR if blocked.certain else WARNING, detail, "\n".join(lines))


def _drops(table: Table, chain: str, blocked: Blocked) -> bool:
    """Whether this base chain alone hinders any of the lanes."""
    alone = {name: one for name, one in table.chains.items() if not one.hook or name == chain}
    part = Table(table.family, table.name, alone, table.origin)
    return any(walk.judge(part, flow).outcome != walk.PASSES for lane in blocked.lanes for flow in lane.flows)


def _rows(seen: Seen, blocked: list[Blocked]) -> list[dict[str, Any]]:
    active: dict[str, list[str]] = {}
    for table in seen.tables:
        if table.refuses:
            for owner in owners.present(table):
                active.setdefault(owner, []).append(table.title)
    verdicts = {
        one.owner: walk.DROPS if any(each.certain for each in blocked if each.owner == one.owner) else walk.MAY_DROP
        for one in blocked
    }
    at_boot = {owner for owner, unit in UNITS.items() if unit in seen.enabled}
    if configs.setting(seen.files.get(UFW_CONF, ""), "ENABLED") != "yes":
        at_boot.discard(owners.UFW)  # its service is always enabled, and does nothing then
    return [
        {
            "name": owner,
            "active": owner in active or owner in verdicts,
            "at_boot": owner in at_boot,
            "tables": active.get(owner, []),
            "verdict": verdicts.get(owner, walk.PASSES if owner in active else NOT_NOW),
        }
        for owner in sorted({*active, *at_boot, *verdicts})
    ]


def _quiet(row: Mapping[str, Any]) -> Finding:
    return Finding(FOREIGN_FIREWALL, f"{row['name']} is there and lets the site's traffic pass", INFO, ", ".join(row["tables"]))


def _later(row: Mapping[str, Any]) -> Finding:
    remedy = f"Start it and probe again, or switch it off for good: systemctl disable {UNITS[row['name']]}"
    what = f"{row['name']} is not in force now and will be after the next boot"
    return Finding(FOREIGN_FIREWALL, what, WARNING, UNITS[row["name"]], remedy)


def _flush(seen: Seen) -> list[Finding]:
    """A reload of the distribution's nftables service empties the kernel of everybody's tables."""
    text = seen.files.get(NFTABLES_CONF, "")
    if not configs.flushes(text):
        return []
    enabled = "nftables.service" in seen.enabled
    detail = (
        "nftables.service is enabled: it does so at boot and at each reload" if enabled else "nftables.service is not enabled"
    )
    lines = configs.replacement(text)
    remedy = (
        f"In {NFTABLES_CONF} put in place of 'flush ruleset':\n{lines}"
        if lines
        else f"Remove 'flush ruleset' from {NFTABLES_CONF}"
    )
    what = f"{NFTABLES_CONF} flushes the tables of everybody"
    return [Finding(FLUSHED_RULES, what, WARNING if enabled else INFO, detail, remedy)]
