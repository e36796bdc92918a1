"""Compute: from what a site wants to its zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from .model import HostRow, Intent, SplitRow
from .name import ROOT, Name
from .network import pointer_name, reverse_zones
from .record import Host, Pointer, Record, Service
from .zone import Zone

#: Names that switch a device to resolvers elsewhere unless they are denied: the DNS-over-HTTPS canary of Firefox, Apple's private
#: relay, and designated resolvers (RFC 9462).
_DENIED = ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "_dns.resolver.arpa")
#: A name under .invalid is nobody's (RFC 6761 6.4).
_POLICY = Name.parse("policy.invalid")


def _zone(intent: Intent, origin: Name, kind: str, records: Iterable[Record]) -> Zone:
    servers = [host.name for host in intent.server_hosts()]
    own = tuple(Record(origin, Pointer("NS", server)) for server in servers)
    return Zone(origin, kind, servers[0], intent.mailbox, own + tuple(records), intent.times)


def _addresses(owner: Name, holder: HostRow | SplitRow) -> Iterator[Record]:
    return (Record(owner, Host(address)) for _place, address in holder.addresses)


def _aliases(intent: Intent, host: HostRow) -> Iterator[Record]:
    """Yield a CNAME for each alias; the domain itself cannot be one and gets the addresses."""
    for _place, alias in host.aliases:
        if alias == intent.domain:
            yield from _addresses(alias, host)
        else:
            yield Record(alias, Pointer("CNAME", host.name))


def _services(intent: Intent) -> Iterator[Record]:
    """Yield the SRV records; a target that is an alias is followed to its host, as RFC 2782 demands."""
    for row in intent.services:
        host = intent.host_of(row.data.target)
        target = host.name if host else row.data.target
        yield Record(row.owner, Service(row.data.priority, row.data.weight, row.data.port, target))


def _forward(intent: Intent) -> Zone:
    records: list[Record] = []
    for host in intent.hosts:
        records += [*_addresses(host.name, host), *_aliases(intent, host)]
    # two services may meet in one record once their aliases are followed
    records += dict.fromkeys(_services(intent))
    records += [Record(row.owner, row.data) for row in intent.texts]
    return _zone(intent, intent.domain, "forward", records)


def _reverse(intent: Intent) -> Iterator[Zone]:
    pointers = [
        Record(pointer_name(address), Pointer("PTR", host.name))
        for host in intent.hosts
        for _place, address in host.addresses
        if intent.within(address)
    ]
    for origin in reverse_zones(network for _place, network in intent.networks):
        yield _zone(intent, origin, "reverse", (record for record in pointers if record.owner.under(origin)))


def _split(intent: Intent) -> Iterator[Zone]:
    """Yield a zone for each name that the site sees differently: it ends at that name, so its neighbours stay what they are."""
    for row in sorted(intent.split, key=lambda row: row.name.order):
        host = intent.host_of(row.host) if row.host else None
        services = [Record(service.owner, service.data) for service in row.services]
        yield _zone(intent, row.name, "split", [*_addresses(row.name, host or row), *services])


def _loopback(intent: Intent) -> Iterator[Zone]:
    """Yield the names that never leave a host (RFC 6761 6.3, RFC 6303 4.2 and 4.3)."""
    local = Name(("localhost",))
    own = [Record(local, Host(ip_address(text))) for text in ("127.0.0.1", "::1")]
    yield _zone(intent, local, "loopback", own)
    for address, depth in ((ip_address("127.0.0.1"), 3), (ip_address("::1"), 0)):
        name = pointer_name(address)
        yield _zone(intent, Name(name.labels[depth:]), "loopback", [Record(name, Pointer("PTR", local))])


def _root(intent: Intent, zones: Iterable[Zone]) -> Zone:
    """Return the root of a net that ends at the site: it knows the site's own zones and denies the rest at once."""
    records: list[Record] = []
    for zone in zones:
        records += [record for record in zone.records if record.owner == zone.origin and record.data.kind == "NS"]
    for host in intent.server_hosts():
        records += _addresses(host.name, host)  # glue
    return _zone(intent, ROOT, "root", records)


def _policy(intent: Intent) -> Zone:
    """Return the names that are denied although the world has them, as a response policy zone (a CNAME to the root: NXDOMAIN)."""
    names = [Name.parse(name) + _POLICY for name in _DENIED]
    return _zone(intent, _POLICY, "policy", (Record(name, Pointer("CNAME", ROOT)) for name in names))


def compute(intent: Intent) -> tuple[Zone, ...]:
    """Return the zones of a checked intent: forward, reverse and split by name, loopback, and the root (in a gap) or the policy.

    The intent must be free of problems (see check.check). The same intent gives the same zones.
    """
    site = [_forward(intent), *_reverse(intent), *_split(intent)]
    local = list(_loopback(intent))
    return (*site, *local, _root(intent, [*site, *local]) if not intent.forwarders else _policy(intent))
