# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table of the role egress_audit remembers, out of nft's JSON.

A key stands in two sets: `first`, whose clock began to run with the first packet, and `last`, whose clock begins anew with each.
So what is left of an element's lifetime tells when.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .error import EgressError

TABLE = "onprem_egress"
WITH_PORTS = ("tcp", "udp", "udplite", "sctp", "dccp")
SET = re.compile(r"(unit|user|kernel|forward)[46]_(first|last)")


@dataclass(frozen=True)
class Attempt:
    """Who tried to reach what. `uid` is None for the kernel and for forwarded packets, `source` is set for these alone.

    `unit` is the last part of the cgroup's path; empty when it is not known or gone. `first` and `last` are seconds of the epoch.
    """

    uid: int | None
    unit: str
    source: str
    destination: str
    protocol: str
    port: int | None
    packets: int
    first: int
    last: int


def parse(text: str, now: float, user_id: Callable[[str], int]) -> list[Attempt]:
    """The attempts in `nft -j list table`, the latest first.

    now: seconds of the epoch at which the listing was made. user_id: uid of a name, for versions of nft that print names.
    Raises L(EgressError) when it is not the listing of our table.
    """
    try:
        found = [item["set"] for item in json.loads(text)["nftables"] if "set" in item]
        sets = {item["name"]: item for item in found if SET.fullmatch(item["name"])}
        first = {name: _expiries(item) for name, item in sets.items() if name.endswith("_first")}
        attempts = []
        for name, item in sets.items():
            if not name.endswith("_last"):
                continue
            lifetime, births = item["timeout"], first[f"{name[: -len('_last')]}_first"]
            for element in item.get("elem", []):
                last = element["elem"]["expires"]
                born = births.get(_key(element), last)  # where the other set was full
                times = (round(now - lifetime + born), round(now - lifetime + last))
                attempts.append(_attempt(name, element["elem"], times, user_id))
    except (KeyError, TypeError, ValueError) as error:
        raise EgressError(f"the table {TABLE} does not read as the role egress_audit has made it: {error!r}") from error
    return sorted(attempts, key=lambda one: (-one.last, one.destination, one.protocol, one.port or 0, one.uid or 0, one.unit))


def counters(text: str) -> dict[str, int]:
    """All packets that were seen since the table was loaded, by the name of their counter; more than the attempts may tell of."""
    items = (item["counter"] for item in json.loads(text)["nftables"] if "counter" in item)
    return {item["name"]: item["packets"] for item in items}


def _key(element: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(element["elem"]["val"]["concat"])


def _expiries(item: Mapping[str, Any]) -> dict[tuple[Any, ...], int]:
    return {_key(element): element["elem"]["expires"] for element in item.get("elem", [])}


def _attempt(name: str, element: Mapping[str, Any], times: tuple[int, int], user_id: Callable[[str], int]) -> Attempt:
    *sender, destination, protocol, port = element["val"]["concat"]
    protocol = str(protocol)
    kind = name[: name.index("_") - 1]
    uid = None
    if kind in ("unit", "user"):
        uid = sender[0] if isinstance(sender[0], int) else user_id(sender[0])
    return Attempt(
        uid=uid,
        unit=_unit(str(sender[1])) if kind == "unit" else "",
        source=str(sender[0]) if kind == "forward" else "",
        destination=str(destination),
        protocol=protocol,
        port=int(port) if protocol in WITH_PORTS else None,
        packets=element["counter"]["packets"],
        first=times[0],
        last=times[1],
    )


def _unit(cgroup: str) -> str:
    """The unit that a cgroup is of; nft prints a number for one that is gone."""
    return "" if cgroup.isdecimal() else cgroup.rpartition("/")[2]


def rows(attempts: Iterable[Attempt], user: Callable[[int], str], time: Callable[[int], str]) -> list[dict[str, Any]]:
    """What a module returns of them: with the user's name, and times as text."""
    return [
        {
            "uid": one.uid,
            "user": "" if one.uid is None else user(one.uid),
            "unit": one.unit,
            "source": one.source,
            "destination": one.destination,
            "protocol": one.protocol,
            "port": one.port,
            "packets": one.packets,
            "first": time(one.first),
            "last": time(one.last),
        }
        for one in attempts
    ]
