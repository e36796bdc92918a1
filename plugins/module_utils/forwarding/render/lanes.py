"""What the pictures show: one lane for each service, way and pair of addresses, ordered by the host that it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from ..model import Lan, Network, Plan, Ports

#: More lanes than that nobody reads; the pictures say how many are left out.
MOST = 30

#: Of a list at one arrow so many are written out.
_WRITTEN = 12

#: Ports of each protocol, as they are on one side.
What = dict[str, list[str]]


@dataclass(frozen=True)
class Lane:
    """One arrow of a picture.

    ``who`` is on its outer end, ``public`` our address there, ``what`` its ports outside and ``inner`` those at the host when
    they are others. ``outward`` says which way it goes, ``hairpin`` that the LANs may use it too, ``own`` that ``public`` is
    reserved for the host.
    """

    lan: str
    host: str
    service: str
    outward: bool
    public: str
    who: str
    what: str
    inner: str = ""
    hairpin: bool = False
    own: bool = False


def plain(network: Network) -> str:
    """Return a network as people write it: a single address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _listed(items: Sequence[str]) -> str:
    """Return a list as text; a long one is cut, and says so."""
    shown = items if len(items) <= _WRITTEN else [*items[: _WRITTEN - 1], f"and {len(items) - _WRITTEN + 1} more"]
    return ", ".join(shown)


def everybody(sources: Sequence[Network]) -> str:
    """Return who may come in."""
    return _listed([plain(one) for one in sources]) or "anyone"


def _words(what: What) -> str:
    """Return ports as text: ``tcp 80, 443; udp 3478``."""
    return "; ".join(f"{protocol} {_listed(ports)}".strip() for protocol, ports in what.items())


def _forwards(plan: Plan) -> Iterator[Lane]:
    together: dict[Any, tuple[What, What]] = {}
    for one in plan.forwards:
        key = (
            one.lan,
            str(one.host),
            one.service,
            str(one.public),
            everybody(one.sources),
            one.hairpin,
            one.mapping == "one_to_one",
        )
        outer, inner = together.setdefault(key, ({}, {}))
        _note(outer, one.protocol, one.public_ports)
        _note(inner, one.protocol, one.private_ports)
    for (lan, host, service, public, who, hairpin, own), (outer, inner) in together.items():
        at_host = _words(inner) if inner != outer else ""
        yield Lane(lan, host, service, False, public, who, _words(outer), at_host, hairpin, own)


def _note(what: What, protocol: str, ports: Ports | None) -> None:
    what.setdefault(protocol, []).extend([str(ports)] if ports else [])


def _pinholes(plan: Plan) -> Iterator[Lane]:
    together: dict[Any, What] = {}
    for one in plan.pinholes:
        what = together.setdefault((one.lan, str(one.host), one.service, everybody(one.sources)), {})
        _note(what, one.protocol, one.ports)
    for (lan, host, service, who), what in together.items():
        yield Lane(lan, host, service, False, "", who, _words(what))


def _leaving(plan: Plan) -> Iterator[Lane]:
    own = {str(one.host): str(one.public) for one in plan.one_to_one}
    if plan.egress_policy == "open":
        for one in plan.one_to_one:
            yield Lane(one.lan, str(one.host), one.service, True, str(one.public), "anywhere", "everything", own=True)
    together: dict[Any, What] = {}
    for row in plan.egress:
        who, host = row.name or (plain(row.to) if row.to else "anywhere"), plain(row.source)
        public = own.get(host, "")
        if public and plan.egress_policy == "open":
            continue  # everything leaves already
        what = together.setdefault((row.lan, host, row.service, who, public), {})
        ports = [str(row.ports)] if row.ports else ["all"] if row.protocol in ("tcp", "udp") else []
        known = what.setdefault(row.protocol, [])
        known.extend(port for port in ports if port not in known)
    for (lan, host, service, who, public), what in together.items():
        yield Lane(lan, host, service, True, public, who, _words(what), own=bool(public))


def _order(lane: Lane) -> tuple[Any, ...]:
    host = ip_network(lane.host)
    place = lane.lan, host.version, int(host.network_address), host.prefixlen
    return *place, lane.outward, lane.service, lane.public, lane.who, lane.what


def lanes(plan: Plan) -> tuple[list[Lane], int]:
    """Return the lanes to draw, at most MOST, and how many are left out."""
    found = sorted([*_forwards(plan), *_pinholes(plan), *_leaving(plan)], key=_order)
    return found[:MOST], max(0, len(found) - MOST)


def rest(plan: Plan) -> list[str]:
    """Return what holds for everything else, as sentences."""
    if plan.egress_policy == "restricted":
        leaves = "Nothing else leaves the LANs."
    elif plan.masquerade:
        leaves = f"Everything else may leave, as {' or '.join(str(wan.address) for wan in plan.wans)}."
    else:
        leaves = "Everything else may leave, with its own address."
    return [leaves, "Nothing else comes in."]


def management(plan: Plan) -> list[str]:
    """Return how the router itself is reached, a line for each rule."""
    return [f"{one.protocol} {one.ports} from {everybody(one.sources)}" for one in plan.management]


def lan_title(lan: Lan) -> str:
    """Return what stands over a LAN."""
    return f"{lan.interface} {lan.network}" + (f", {lan.network6}" if lan.network6 else "")


def by_lan(plan: Plan, rows: Iterable[Lane]) -> list[tuple[Lan, list[Lane]]]:
    """Return the lanes of each LAN; a LAN without any is there as well."""
    found: dict[str, list[Lane]] = {}
    for lane in rows:
        found.setdefault(lane.lan, []).append(lane)
    return [(lan, found.pop(lan.interface, [])) for lan in sorted(plan.lans, key=lambda one: (one.interface, one.network))]
