"""Check: the rules that need the whole domain."""

from __future__ import annotations

from collections.abc import Iterable

from ..intent.error import Problems
from .model import Intent, ServiceRow, SplitRow
from .name import ROOT, Name
from .network import cuts
from .record import Address

#: More reverse zones than this are a slip of a prefix.
_MAX_REVERSE = 300


def _names(intent: Intent, problems: Problems) -> None:
    """Every name leads to one host."""
    taken: dict[Name, str] = {}
    rows = [(f"{host.path}.name", host.name) for host in intent.hosts]
    rows += [alias for host in intent.hosts for alias in host.aliases]
    for path, name in rows:
        if name in taken:
            problems.add(path, f"{name.text} stands at {taken[name]} already; a name leads to one host")
        else:
            taken[name] = problems.prefix + path


def _address(intent: Intent, address: Address, remedy: str) -> str | None:
    """Return why no host can have an address; ``remedy`` says what to do when one outside the networks is meant."""
    holder = next((network for _place, network in intent.networks if address in network), None)
    if holder is None:
        return f"{address} is in none of the networks; mend it, add its network, or {remedy}"
    edges = (holder.network_address, holder.broadcast_address)
    if holder.version == 4 and holder.prefixlen < 31 and address in edges:
        return f"{address} is the {'network' if address == edges[0] else 'broadcast'} address of {holder}"
    return None


def _addresses(intent: Intent, problems: Problems) -> None:
    """Every address is one host's own, and in the networks."""
    taken: dict[Address, str] = {}
    for host in intent.hosts:
        for path, address in host.addresses:
            reason = _address(intent, address, "say outside_networks: true")
            meant = host.outside and not intent.within(address)
            if reason and not meant:
                problems.add(path, reason)
            if address in taken:
                problems.add(path, f"{address} stands at {taken[address]} already; give the host an alias instead")
            else:
                taken[address] = problems.prefix + path


def _once(services: Iterable[ServiceRow], problems: Problems) -> None:
    seen: dict[object, str] = {}
    for row in services:
        key = (row.owner, row.data.target, row.data.port)
        if key in seen:
            problems.add(row.path, f"the same service stands at {seen[key]} already")
        seen.setdefault(key, problems.prefix + row.path)


def _services(intent: Intent, problems: Problems) -> None:
    for row in intent.services:
        if row.data.target != ROOT and intent.host_of(row.data.target) is None:
            problems.add(f"{row.path}.target", f"{row.data.target.text} is no host and no alias")
    _once(intent.services, problems)


def _texts(intent: Intent, problems: Problems) -> None:
    """A CNAME stands alone (RFC 1034 3.6.2), and an alias becomes one."""
    whole = {intent.domain, *(host.name for host in intent.hosts)}
    aliases = {alias: path for host in intent.hosts for path, alias in host.aliases if alias not in whole}
    seen: dict[object, str] = {}
    for row in intent.texts:
        if row.owner in aliases:
            where = problems.prefix + aliases[row.owner]
            problems.add(f"{row.path}.name", f"{row.owner.text} is an alias ({where}), and an alias has no data of its own")
        if (row.owner, row.data) in seen:
            problems.add(row.path, f"the same text stands at {seen[row.owner, row.data]} already")
        seen.setdefault((row.owner, row.data), problems.prefix + row.path)


def _split_name(intent: Intent, row: SplitRow, problems: Problems) -> str | None:
    """Return why a name cannot be seen differently: it is the site's own, or would take more than itself."""
    host = intent.host_of(row.name)
    if host is not None:
        return f"{row.name.text} is a name of {problems.prefix}{host.path} already; only a name of the outside world is split"
    if row.name.under(intent.domain):
        return f"{row.name.text} belongs to {intent.domain.text}, which the site holds as a whole; make it a host or an alias"
    if intent.domain.under(row.name):
        return f"{row.name.text} would hide every name under it, and {intent.domain.text} is one; split the name of one host"
    return None


def _split(intent: Intent, problems: Problems) -> None:
    """Every split name is foreign, stands once and leads into the site."""
    taken: dict[Name, str] = {}
    for row in intent.split:
        path = f"{row.path}.name"
        reason = _split_name(intent, row, problems)
        if reason:
            problems.add(path, reason)
        if row.name in taken:
            problems.add(path, f"{row.name.text} stands at {taken[row.name]} already; list all its services there")
        taken.setdefault(row.name, problems.prefix + path)
        if row.host is not None and intent.host_of(row.host) is None:
            problems.add(f"{row.path}.host", f"{row.host.text} is no host and no alias")
        own: set[Address] = set()
        for place, address in row.addresses:
            reason = _address(intent, address, "make it a host with outside_networks: true and name that host")
            if reason or address in own:
                problems.add(place, reason or f"{address} stands twice")
            own.add(address)
        _once(row.services, problems)


def _servers(intent: Intent, problems: Problems) -> None:
    """Every name server is a host of its own."""
    seen: set[Name] = set()
    for path, wanted in intent.servers:
        host = intent.host_of(wanted)
        if host is None:
            problems.add(path, f"{wanted} belongs to no host; a name server is one of the hosts")
        elif host.name in seen:
            problems.add(path, f"{wanted} is {host.name.text}, which is a name server already")
        else:
            seen.add(host.name)
    if intent.here and all(intent.host_of(intent.here) != host for host in intent.server_hosts()):
        problems.add("address", f"{intent.here} is neither the primary_address nor one of the secondary_addresses")
    for path, forwarder in intent.forwarders:
        if intent.host_of(forwarder) in list(intent.server_hosts()):
            problems.add(path, f"{forwarder} is a name server of the site itself; it would ask in a circle")


def _reverse(intent: Intent, problems: Problems) -> None:
    for path, network in intent.networks:
        count = len(cuts(network))
        if count > _MAX_REVERSE:
            problems.add(path, f"{network} would need {count} reverse zones; name the narrower networks that are in use")


def check(intent: Intent, problems: Problems) -> None:
    """Note everything in ``problems`` that the rows of ``intent`` do to each other."""
    for rule in (_names, _addresses, _services, _texts, _split, _servers, _reverse):
        rule(intent, problems)


def warnings(intent: Intent) -> tuple[str, ...]:
    """Return what can be served but will surprise."""
    if intent.domain.labels[-1] != "local":
        return ()
    return (
        f"{intent.domain.text}: names under .local belong to multicast DNS (RFC 6762); Apple, Android and many Linux clients "
        "will not ask this server for them. A domain under .lan, .internal or home.arpa works everywhere.",
    )
