"""Warnings about calls: who cannot talk, and what to add so that they can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model import Plan
from ..rows import Intent
from .model import NONE, Path
from .places import doors, lets_in

#: So many pairs are named; of the others it is said how many they are.
_NAMED = 3


def _pairs(found: Sequence[Path]) -> str:
    named = [f"{one.first} and {one.second}" for one in found[:_NAMED]]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def warnings(intent: Intent, plan: Plan, found: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Yield what keeps people apart, each with the place where it stands."""
    if not intent.user_networks:
        return
    without = [one for one in found if one.way == NONE]
    ways = doors(intent, plan)
    if without and not ways:
        advice = "add a service with the profile stun_turn and the host that is the relay"
        yield "user_networks", f"there is no relay, and without one nothing leads from {_pairs(without)}; {advice}"
        return
    apart = {name for one in without for name in (one.first, one.second)}
    for network in intent.user_networks:
        if network.name not in apart:
            continue
        if network.kind != "public" and not any(lets_in(door, network) for door in ways):
            reason = "the sources of the relay do not let it in"
            advice = "give the addresses it leaves with, and have them in sources, or let the relay be asked by any"
            yield network.path, f"{reason}; {advice}" if not network.addresses else f"{reason}; add its addresses to them"
        elif network.kind == "web_only" and not any(door.port in (80, 443) for door in ways if door.transport != "udp"):
            reason = "web_only lets out tcp 80 and 443 alone, and the relay is reached by neither"
            yield network.path, f"{reason}; give the relay a public address of its own and tls_port: 443"
        elif network.kind == "udp_blocked" and not any(door.transport != "udp" for door in ways):
            yield network.path, "udp_blocked needs a relay that is reached by tcp; open tcp 3478 of it"
