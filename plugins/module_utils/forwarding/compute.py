"""Compute: from a checked intent to the plan that everything is rendered from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from .check_names import Pinned, aims
from .check_openings import public_of
from .check_service import lan6_of
from .model import Egress, Forward, Management, Network, OneToOne, Pinhole, Plan, Ports, Public
from .rows import Intent, Leaving, RouterRow, ServiceRow

Publics = Sequence[tuple[str, Public]]


def _forwards(intent: Intent, publics: Publics) -> Iterator[Forward]:
    router = intent.router
    for row in intent.services:
        public = public_of(row, publics)
        if row.host is None or public is None or not row.openings:
            continue
        lan = router.lan_of(row.host)
        if lan is None:
            continue
        for opening in row.openings:
            yield Forward(
                service=row.name,
                mapping=row.mapping,
                protocol=opening.protocol,
                public=public,
                public_ports=opening.public,
                host=row.host,
                private_ports=opening.private,
                sources=opening.sources.ipv4 or (),
                hairpin=row.hairpin,
                lan=lan.interface,
            )


def _one_to_one(intent: Intent) -> Iterator[OneToOne]:
    """Yield the reserved addresses; services of one host share its address, and the first by name stands for them."""
    seen: set[IPv4Address] = set()
    for row in sorted(intent.services, key=lambda row: row.name):
        if row.mapping != "one_to_one" or row.public is None or row.host is None or row.public in seen:
            continue
        lan = intent.router.lan_of(row.host)
        if lan is not None:
            seen.add(row.public)
            yield OneToOne(row.name, row.public, row.host, lan.interface)


def _hosts(row: ServiceRow, router: RouterRow) -> Iterator[tuple[Network, str]]:
    """Yield the hosts of a service as networks, each with its LAN."""
    if row.host is not None or row.network is not None:
        local = row.network or IPv4Network(row.host or 0)
        lan = router.lan_of(local.network_address)
        if lan is not None:
            yield local, lan.interface
    lan = lan6_of(row, router)
    if row.host6 is not None and lan is not None:
        yield ip_network(row.host6), lan.interface


def _leave(row: ServiceRow, way: Leaving, router: RouterRow, pinned: Pinned) -> Iterator[Egress]:
    name = way.to if isinstance(way.to, str) else None
    for source, lan in _hosts(row, router):
        for to in aims(way, pinned):
            if to is None or to.version == source.version:
                yield Egress(row.name, source, way.protocol, to, name, way.ports, lan)


def _egress(intent: Intent, pinned: Pinned) -> Iterable[Egress]:
    rows = (row for row in intent.services if row.leaving)
    return dict.fromkeys(one for row in rows for way in row.leaving for one in _leave(row, way, intent.router, pinned))


def _merged(ports: Iterable[Ports]) -> Iterator[Ports]:
    """Yield ranges that do not overlap."""
    last: Ports | None = None
    for one in sorted(ports):
        if last is not None and one.first <= last.last:
            last = Ports(last.first, max(last.last, one.last))
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _pinholes(intent: Intent) -> Iterator[Pinhole]:
    for row in intent.services:
        lan = lan6_of(row, intent.router)
        if row.host6 is None or lan is None:
            continue
        ways: dict[tuple[str, tuple[IPv6Network, ...]], list[Ports]] = {}
        for opening in row.openings:
            ways.setdefault((opening.protocol, opening.sources.ipv6 or ()), []).extend(
                [opening.private] if opening.private else []
            )
        for (protocol, sources), ports in ways.items():
            for one in _merged(ports) if ports else (None,):
                yield Pinhole(row.name, protocol, row.host6, one, sources, lan.interface)


def _span(ports: Ports | None) -> tuple[int, int]:
    return (0, 0) if ports is None else (ports.first, ports.last)


def _reach(network: Network | None) -> tuple[int, int, int]:
    return (0, 0, 0) if network is None else (network.version, int(network.network_address), network.prefixlen)


def _forward_order(row: Forward) -> tuple[int, str, int]:
    return int(row.public), row.protocol, 0 if row.public_ports is None else row.public_ports.first


def _egress_order(row: Egress) -> tuple[object, ...]:
    return _reach(row.source), row.protocol, _reach(row.to), _span(row.ports), row.service, row.name or ""


def _pinhole_order(row: Pinhole) -> tuple[object, ...]:
    return int(row.host), row.protocol, _span(row.ports)


def _management_order(row: Management) -> tuple[object, ...]:
    return row.protocol, row.ports


def compute(intent: Intent, publics: Publics, pinned: Pinned, warnings: tuple[str, ...] = ()) -> Plan:
    """Return the plan of an intent that is free of problems (see check.check). The same intent gives the same plan."""
    router = intent.router
    return Plan(
        wans=tuple(sorted((wan for _path, wan in router.wans), key=lambda wan: wan.interface)),
        lans=tuple(sorted((lan for _path, lan in router.lans), key=lambda lan: lan.interface)),
        publics=tuple(sorted((public for _path, public in publics), key=lambda public: int(public.address))),
        management=tuple(sorted((row for _path, row in router.management), key=_management_order)),
        masquerade=router.masquerade,
        egress_policy=router.egress_policy,
        forwards=tuple(sorted(_forwards(intent, publics), key=_forward_order)),
        one_to_one=tuple(sorted(_one_to_one(intent), key=lambda row: int(row.public))),
        egress=tuple(sorted(_egress(intent, pinned), key=_egress_order)),
        pinholes=tuple(sorted(_pinholes(intent), key=_pinhole_order)),
        warnings=warnings,
    )
