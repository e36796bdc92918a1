"""Compute: which pairs of people talk directly, which need the relay, and by which transport.

Media of calls is UDP. Two ends exchange the addresses that they are known by and send to each other's until one packet gets
through (ICE, RFC 8445; hole punching, RFC 5128 section 3.3). Nobody guesses ports.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import Any

from .model import DIRECT, NONE, RELAY, Path, Side


def _gets_through(sender: Side, receiver: Side) -> bool:
    """Whether a packet arrives that is sent to what the receiver is known by.

    It does when that address and port hold for this sender too, and when they are open to everybody, or the receiver has sent to
    where the packet comes from, which it can only have done if that is what the sender is known by.
    """
    if not (sender.udp and receiver.udp and receiver.known and receiver.stable):
        return False
    return not receiver.filtered or (sender.known and sender.stable)


def _are(names: list[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _why_direct(first: Side, second: Side) -> str:
    if first.lan and second.lan:
        return "they are in one network" if first.name == second.name else "the router passes what goes between its LANs"
    reached = second if _gets_through(first, second) else first
    if not reached.filtered:
        return f"{reached.name} is reached by whoever sends to it, and answers there"
    return "each is seen with the same address and port by every peer, so that each opens the way for the other"


def _why_not(first: Side, second: Side) -> str:
    """Return why a pair is not direct: the first hindrance, the plainest one first."""
    both = tuple(dict.fromkeys((first, second)))
    stopped = [side.name for side in both if not side.udp]
    if stopped:
        return f"UDP of {' and '.join(stopped)} does not reach others outside"
    changing = [side.name for side in both if not side.stable]
    if changing:
        return f"{_are(changing)} seen with another port by every peer"
    hidden = [side for side in both if not side.known]
    if any(side.lan and side.door for side in hidden):
        name = next(side.name for side in hidden if side.lan)
        return f"{name} asks the relay inside, which cannot say how {name} is seen outside"
    return f"nobody says how {_are([side.name for side in hidden])} seen outside"


def path(first: Side, second: Side) -> Path:
    """Return how two ends come together."""
    inside = first.lan and second.lan
    if inside or _gets_through(first, second) or _gets_through(second, first):
        return Path(first.name, second.name, DIRECT, "", "", _why_direct(first, second))
    why = _why_not(first, second)
    if first.door and second.door:
        return Path(first.name, second.name, RELAY, first.door.transport, second.door.transport, why)
    if not first.door and not second.door:
        lacking = "neither of them reaches a relay"
    else:
        lacking = f"{(second if first.door else first).name} does not reach a relay"
    return Path(first.name, second.name, NONE, "", "", f"{why}, and {lacking}")


def paths(ends: Iterable[Side]) -> tuple[Path, ...]:
    """Return the paths of all pairs, also of two places of one kind, in the order of the ends."""
    return tuple(path(first, second) for first, second in combinations_with_replacement(tuple(ends), 2))


def to_data(found: Iterable[Path]) -> list[dict[str, Any]]:
    """Return paths as plain data.

    Each row has ``from`` and ``to`` (the interface of a LAN, or the name of a network of users), ``way`` (direct, relay or none),
    ``from_transport`` and ``to_transport`` (udp, tcp, tls; empty when the way is not by the relay) and ``because``.
    """
    return [
        {
            "from": one.first,
            "to": one.second,
            "way": one.way,
            "from_transport": one.first_transport,
            "to_transport": one.second_transport,
            "because": one.because,
        }
        for one in found
    ]
