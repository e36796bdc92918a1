"""Check: the rules that need the whole domain."""

from __future__ import annotations

from ..intent.error import Problems
from .model import HostRow, Intent
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


def _address(intent: Intent, host: HostRow, address: Address) -> str | None:
    holder = next((network for _place, network in intent.networks if address in network), None)
    if holder is None:
        if host.outside:
            return None
        return f"{address} is in none of the networks; mend it, add its network, or say outside_networks: true"
    edges = (holder.network_address, holder.broadcast_address)
    if holder.version == 4 and holder.prefixlen < 31 and address in edges:
        return f"{address} is the {'network' if address == edges[0] else 'broadcast'} address of {holder}"
    return None


def _addresses(intent: Intent, problems: Problems) -> None:
    """Every address is one host's own, and in the networks."""
    taken: dict[Address, str] = {}
    for host in intent.hosts:
        for path, address in host.addresses:
            reason = _address(intent, host, address)
            if reason:
                problems.add(path, reason)
            if address in taken:
                problems.add(path, f"{address} stands at {taken[address]} already; give the host an alias instead")
            else:
                taken[address] = problems.prefix + path


def _services(intent: Intent, problems: Problems) -> None:
    seen: dict[object, str] = {}
    for row in intent.services:
        if row.data.target != ROOT and intent.host_of(row.data.target) is None:
            problems.add(f"{row.path}.target", f"{row.data.target.text} is no host and no alias")
        key = (row.owner, row.data.target, row.data.port)
        if key in seen:
            problems.add(row.path, f"the same service stands at {seen[key]} already")
        seen.setdefault(key, problems.prefix + row.path)


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
    for rule in (_names, _addresses, _services, _texts, _servers, _reverse):
        rule(intent, problems)


def warnings(intent: Intent) -> tuple[str, ...]:
    """Return what can be served but will surprise."""
    if intent.domain.labels[-1] != "local":
        return ()
    return (
        f"{intent.domain.text}: names under .local belong to multicast DNS (RFC 6762); Apple, Android and many Linux clients "
        "will not ask this server for them. A domain under .lan, .internal or home.arpa works everywhere.",
    )
