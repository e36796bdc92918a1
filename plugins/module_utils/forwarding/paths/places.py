"""Where people sit: the ends of calls as the plan and the classes of networks make them.

What a class does is RFC 4787 (mapping in section 4, filtering in section 5) and, for who is stopped, what was tried against the
kernel's own translation: tests/integration/forwarding/test_paths.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..address_space import not_public
from ..model import Lan, Plan
from ..rows import Intent, UserNetwork
from .model import TRANSPORTS, Door, Side

#: The profile of a relay, and the port on which it talks without TLS (RFC 8656).
_PROFILE = "stun_turn"
_PLAIN = 3478
_WEB = (80, 443)
#: The classes of networks: whether UDP leaves, whether all peers see one mapping, whether only answers come in.
CLASSES: dict[str, tuple[bool, bool, bool]] = {
    "public": (True, True, False),
    "endpoint_independent": (True, True, True),
    "address_and_port_dependent": (True, False, True),
    "udp_blocked": (False, False, True),
    "web_only": (False, False, True),
}


def doors(intent: Intent, plan: Plan) -> tuple[Door, ...]:
    """Return the ways from outside to the site's relay, the best first: what the plan forwards to services of its profile."""
    names = {row.name for row in intent.services if row.profile == _PROFILE}
    found = []
    for one in plan.forwards:
        public, private = one.public_ports, one.private_ports
        if one.service not in names or public is None or private is None or not (public.single and private.single):
            continue  # a range is what the relay relays on
        plain = one.protocol if private.first == _PLAIN else None
        transport = plain or ("tls" if one.protocol == "tcp" else None)
        if transport:
            found.append(Door(transport, one.public, public.first, one.sources))
    return tuple(sorted(found, key=lambda door: (TRANSPORTS.index(door.transport), door.port, int(door.public))))


def lets_in(door: Door, network: UserNetwork) -> bool:
    """Whether a network is among those that a way to the relay is open to."""
    if not door.sources:
        return True
    return bool(network.addresses) and all(any(one.subnet_of(source) for source in door.sources) for one in network.addresses)


def _outside(network: UserNetwork, plan: Plan, ways: Sequence[Door]) -> Side:
    udp, stable, filtered = CLASSES[network.kind]
    open_to = [door for door in ways if lets_in(door, network)]
    learns = udp and any(door.transport == "udp" for door in open_to)  # a relay answers STUN as well, on its UDP port
    if not udp:
        open_to = [door for door in open_to if door.transport != "udp"]
    if network.kind == "web_only":
        open_to = [door for door in open_to if door.port in _WEB]
    door = next(iter(open_to), None)
    if door is None and not filtered and ways and plan.masquerade:
        door = Door("udp", ways[0].public, ways[0].port, ())  # it need not get in: the relay comes to it, for whoever asks it to
    return Side(network.name, udp, learns or not filtered, stable, filtered, door)


def _udp_leaves(plan: Plan, lan: Lan) -> bool:
    """Whether UDP of every host of a LAN leaves to anywhere, and answers find back."""
    if not_public(lan.network.network_address) and not plan.masquerade:
        return False
    if plan.egress_policy == "open":
        return True
    rows = (row for row in plan.egress if row.protocol == "udp" and row.to is None and row.ports is None)
    return any(row.source.version == 4 and lan.network.subnet_of(row.source) for row in rows)


def _inside(plan: Plan, lan: Lan, ways: Iterable[Door]) -> Side:
    """Our own LAN: the relay is inside as well, so it never says how the LAN is seen outside."""
    door = next((Door(way.transport, lan.address, way.port, ()) for way in ways), None)
    known = not plan.masquerade and not not_public(lan.network.network_address)
    return Side(lan.interface, _udp_leaves(plan, lan), known, True, True, door, lan=True)


def sides(intent: Intent, plan: Plan) -> Iterator[Side]:
    """Yield the ends of calls: the router's LANs, then the networks of users by name."""
    ways = doors(intent, plan)
    for lan in plan.lans:
        yield _inside(plan, lan, ways)
    for network in sorted(intent.user_networks, key=lambda network: network.name):
        yield _outside(network, plan, ways)
