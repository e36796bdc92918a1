# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdict rows: read from what was given, and held against what the kernel did. Pure."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ..forwarding.model import Plan
from .error import ProofError

OUTSIDE, ROUTER = "outside", "router"
NUMBERS = {"tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51}
_FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}


@dataclass(frozen=True)
class Row:
    """One question: who asks (``space`` is the namespace, ``wan`` the number of the WAN), for what, and what is to happen."""

    data: Mapping[str, Any]
    space: str
    wan: int
    family: int
    protocol: str
    source: str
    destination: str
    port: int
    reach: bool

    @property
    def ported(self) -> bool:
        """Whether the protocol has ports."""
        return self.protocol in ("tcp", "udp")


@dataclass
class Seen:
    """What became of a question: where it arrived, from whom as seen there, and whether the answer came back."""

    at: tuple[str, int] | None = None
    peer: tuple[str, int] | None = None
    answered: bool = False
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For people and tools."""
        return {
            "outcome": "reach" if self.answered else "refuse",
            "reaches": self.at[0] if self.at else None,
            "reaches_port": (self.at[1] or None) if self.at else None,
            "sees_address": self.peer[0] if self.peer else None,
            "note": self.note,
        }


def lan_space(interface: str) -> str:
    """The name of the namespace behind a LAN interface."""
    return f"lan {interface}"


def read(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Check the rows against the plan's interfaces; raises ProofError naming the first row that cannot be asked."""
    wans = {wan.interface: number for number, wan in enumerate(plan.wans)}
    lans = {lan.interface for lan in plan.lans}
    found = []
    for number, data in enumerate(rows):
        try:
            found.append(_read(data, wans, lans))
        except (KeyError, ValueError, TypeError) as error:
            words = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise ProofError(f"verdicts[{number}]: {words}") from error
    return found


def _read(data: Mapping[str, Any], wans: Mapping[str, int], lans: set[str]) -> Row:
    vantage, interface = str(data["vantage"]), str(data.get("interface"))
    space, wan = ROUTER, 0
    if vantage == "wan":
        if interface not in wans:
            raise ValueError(f"interface: {interface} is no WAN interface of the plan ({', '.join(wans)})")
        space, wan = OUTSIDE, wans[interface]
    elif vantage == "lan" or vantage.startswith("host:"):
        if interface not in lans:
            raise ValueError(f"interface: {interface} is no LAN interface of the plan ({', '.join(sorted(lans))})")
        space = lan_space(interface)
    elif vantage != "router":
        raise ValueError(f"vantage: {vantage} is not one of wan, lan, host:<service>, router")
    family, protocol, outcome = data["family"], data["protocol"], data["outcome"]
    for key, value, known in (
        ("family", family, _FAMILIES),
        ("protocol", protocol, NUMBERS),
        ("outcome", outcome, ("reach", "refuse")),
    ):
        if value not in known:
            raise ValueError(f"{key}: {value} is not one of {', '.join(known)}")
    source = data.get("source") or ""
    if not source and space != ROUTER:
        raise ValueError("source: missing; it is the address that the vantage sends from")
    for key in ("destination", "source", "reaches", "sees_address"):
        _check_address(key, data.get(key), _FAMILIES[family])
    port = data["port"] or 0
    if protocol in ("tcp", "udp") and not 1 <= port <= 65535:
        raise ValueError(f"port: {port} is not a port (1-65535)")
    return Row(data, space, wan, _FAMILIES[family], protocol, source, data["destination"], port, outcome == "reach")


def _check_address(key: str, value: Any, family: int) -> None:
    try:
        if value:
            socket.inet_pton(family, value)
    except OSError:
        raise ValueError(f"{key}: {value} is no address of the row's family") from None


class Judge:
    """Holds what was seen against the rows."""

    def __init__(self, plan: Plan) -> None:
        self._router = {str(lan.address) for lan in plan.lans} | {str(lan.address6) for lan in plan.lans if lan.address6}
        wan = {str(one.ip) for each in plan.wans for one in each.addresses}
        self._router |= wan
        self._public = {str(one.address) for one in plan.publics} | wan

    def agrees(self, row: Row, seen: Seen) -> bool:
        """Whether a row that reaches was answered by whom it says, who saw whom it says."""
        if not (seen.answered and seen.at and seen.peer):
            return False
        data = row.data
        return (
            _same(seen.at[0], data["reaches"])
            and (not row.ported or seen.at[1] == data["reaches_port"])
            and (not data.get("sees_address") or _same(seen.peer[0], data["sees_address"]))
            and self._kind(row, seen.peer[0])
        )

    def _kind(self, row: Row, peer: str) -> bool:
        kind = row.data["sees_source"]
        if kind == "client":
            return not row.source or _same(peer, row.source)
        return peer in (self._router if kind == "router" else self._public)


def _same(one: str, other: str | None) -> bool:
    return one == other or (other is not None and ip_address(one) == ip_address(other))


def expected(row: Row) -> dict[str, Any]:
    """What the row says, in the words of ``Seen.as_dict``."""
    keys = ("outcome", "reaches", "reaches_port", "sees_address", "sees_source")
    return {key: row.data.get(key) for key in keys}
