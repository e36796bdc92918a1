"""Parse the services of an intent: what each one lets in and out, by its profile and as written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Any, Optional, Union

from .model import MAPPINGS, WITH_PORTS, Ports
from .profiles import OPTIONS, PROFILES, In, Out, Profile
from .reader import Reader
from .rows import Leaving, Opening, ServiceRow, Sources

SERVICE_KEYS = (
    *("name", "profile", "host", "host6", "public_address", "mapping", "sources", "hairpin", "ports", "egress", "comment"),
    *OPTIONS,
)
_PORT_KEYS = ("protocol", "public", "private")
_EGRESS_KEYS = ("protocol", "to", "ports")
_Ways = tuple[tuple[Opening, ...], tuple[Leaving, ...]]
_Addresses = tuple[Union[IPv4Address, IPv4Network, None], Optional[IPv6Address], Optional[IPv4Address]]


def _host(reader: Reader, path: str, value: Any) -> IPv4Address | IPv4Network | None:
    instead = "IPv6 is not translated, write it as host6"
    if isinstance(value, str) and "/" in value:
        network = reader.network(path, value)
        if network is not None and network.version == 6:
            reader.problems.add(path, f"{network} is IPv6; {instead}")
            return None
        return network.network_address if network is not None and network.prefixlen == 32 else network
    return reader.address4(path, value, instead)


def _opening(reader: Reader, path: str, item: Any, sources: Sources) -> tuple[Opening, ...]:
    """Return the openings of one row of ``ports``: one for each protocol."""
    row = reader.row(path, item, _PORT_KEYS, ("protocol",))
    if row is None or row.get("protocol") is None:
        return ()
    protocols = reader.protocols(f"{path}.protocol", row["protocol"])
    public, private = row.get("public"), row.get("private")
    if protocols and protocols[0] not in WITH_PORTS:
        for key, value in (("public", public), ("private", private)):
            if value is not None:
                reader.problems.add(f"{path}.{key}", f"{protocols[0]} has no ports; leave it out")
        return (Opening(path, protocols[0], None, None, sources),)
    if public is None:
        if protocols:
            reader.problems.add(f"{path}.public", "is missing")
        return ()
    outer = reader.ports(f"{path}.public", public)
    inner = outer if private is None else reader.ports(f"{path}.private", private)
    if outer is None or inner is None or not _fit(reader, path, outer, inner):
        return ()
    return tuple([Opening(path, protocol, outer, inner, sources) for protocol in protocols])


def _fit(reader: Reader, path: str, outer: Ports, inner: Ports) -> bool:
    """Whether a range of public ports can lead to these private ones: only to itself, because nft does not shift ranges."""
    if outer is inner or (outer.single and inner.single) or outer == inner:
        return True
    if outer.last - outer.first != inner.last - inner.first:
        count, wanted = (ports.last - ports.first + 1 for ports in (inner, outer))
        reason = f"{inner} is {count} port{'s' if count > 1 else ''}, and public has {wanted}"
    else:
        reason = f"{inner} is shifted against {outer}; a range keeps its ports, write them one by one or leave private out"
    reader.problems.add(f"{path}.private", reason)
    return False


def _leaving(reader: Reader, path: str, item: Any) -> list[Leaving]:
    """Return the ways out of one row of ``egress``: one for each protocol, aim and port."""
    row = reader.row(path, item, _EGRESS_KEYS, ("protocol",))
    if row is None or row.get("protocol") is None:
        return []
    protocols = reader.protocols(f"{path}.protocol", row["protocol"])
    ports: Sequence[Ports | None] = (None,)
    if row.get("ports") is not None:
        if protocols and protocols[0] not in WITH_PORTS:
            reader.problems.add(f"{path}.ports", f"{protocols[0]} has no ports; leave it out")
        else:
            ports = reader.port_list(f"{path}.ports", row["ports"])
    aims = _aims(reader, f"{path}.to", row.get("to", "any"))
    return [Leaving(place, protocol, to, each) for protocol in protocols for place, to in aims for each in ports]


def _aims(reader: Reader, path: str, value: Any) -> list[tuple[str, Any]]:
    """Return where to: None for anywhere, a network, or a name; from one of them or a list."""
    if value == "any" or value == ["any"]:
        return [(path, None)]
    listed = list(reader.items(path, value)) if isinstance(value, list) else [(path, value)]
    if not listed:
        reader.problems.add(path, "is empty; say any, or where to")
    found: list[tuple[str, Any]] = []
    for place, item in listed:
        if item == "any":
            reader.problems.add(place, "any stands beside others; one of them is a slip")
        elif isinstance(item, str) and (":" in item or "/" in item or item.replace(".", "").isdigit()):
            found.append((place, reader.range_or_address(place, item)))
            if found[-1][1] is None:
                found.pop()
        else:
            name = reader.host_name(place, item, "any, an address, a network or ")
            found += [] if name is None else [(place, name)]
    return found


def _profile_in(reader: Reader, path: str, given: Mapping[str, Any], profile: Profile, sources: Sources) -> list[Opening]:
    found = []
    if profile.pool and given.get(profile.pool) is not None:
        sources = reader.sources(f"{path}.{profile.pool}", given[profile.pool])
    for way in profile.inbound:
        if way.only_with and not _asked(reader, f"{path}.{way.only_with}", given.get(way.only_with)):
            continue
        for ports in _ports_of(reader, path, given, way):
            found.append(Opening(f"{path}.profile", way.protocol, ports, ports, sources))
    return found


def _asked(reader: Reader, path: str, value: Any) -> bool:
    return value is not None and reader.truth(path, value)


def _ports_of(reader: Reader, path: str, given: Mapping[str, Any], way: In) -> Sequence[Ports | None]:
    if way.option and given.get(way.option) is not None:
        place = f"{path}.{way.option}"
        if not way.single:
            return reader.port_list(place, given[way.option])
        port = reader.ports(place, given[way.option])
        if port is not None and not port.single:
            reader.problems.add(place, f"{port} is a range; name one port")
        return () if port is None else (port,)
    return (None,) if way.ports is None else reader.port_list(path, way.ports)


def _profile_out(reader: Reader, path: str, given: Mapping[str, Any], way: Out) -> list[Leaving]:
    place = f"{path}.profile"
    aims: list[tuple[str, Any]] = [(place, name) for name in way.to] or [(place, None)]
    if way.option and given.get(way.option) is not None:
        aims = _aims(reader, f"{path}.{way.option}", given[way.option])
    ports = None if way.ports is None else reader.ports(path, way.ports)
    return [Leaving(where, way.protocol, to, ports) for where, to in aims]


def _profile(reader: Reader, path: str, given: Mapping[str, Any]) -> str | None:
    """Return the profile, noting options that belong to another one."""
    name = given.get("profile")
    if name is not None:
        name = reader.choice(f"{path}.profile", name, tuple(PROFILES), "profile")
    for option, owner in OPTIONS.items():
        if option in given and given[option] is not None and name != owner and (name or "profile" not in given):
            reader.problems.add(f"{path}.{option}", f"is for the profile {owner} alone")
    return name


def _ways(reader: Reader, path: str, given: Mapping[str, Any], profile: str | None, sources: Sources) -> _Ways:
    """Return what a service lets in and out, by its profile and as written out."""
    openings: list[Opening] = []
    leaving: list[Leaving] = []
    if profile is not None:
        row = PROFILES[profile]
        openings += _profile_in(reader, path, given, row, sources)
        for way in row.outbound:
            leaving += _profile_out(reader, path, given, way)
    written: list[Opening] = []
    for place, item in reader.items(f"{path}.ports", given.get("ports")):
        written += _opening(reader, place, item, sources)
    if openings and written:  # what is written out says more than the profile does
        keys = {(one.protocol, one.public) for one in written}
        openings = [one for one in openings if (one.protocol, one.public) not in keys]
    openings += written
    for place, item in reader.items(f"{path}.egress", given.get("egress")):
        leaving += _leaving(reader, place, item)
    return tuple(openings), tuple(leaving)


def _addresses(reader: Reader, path: str, given: Mapping[str, Any]) -> _Addresses:
    """Return the host (or a network of hosts), its IPv6 address and its public address, as far as they are given."""
    host, host6, public = given.get("host"), given.get("host6"), given.get("public_address")
    return (
        None if host is None else _host(reader, f"{path}.host", host),
        None if host6 is None else reader.address6(f"{path}.host6", host6),
        None
        if public is None
        else reader.address4(f"{path}.public_address", public, "IPv6 is not translated, write the host's as host6"),
    )


def _service(reader: Reader, path: str, given: Mapping[str, Any]) -> ServiceRow:
    before = len(reader.problems.found)
    name = reader.service_name(f"{path}.name", given["name"]) if given.get("name") is not None else None
    host, host6, public = _addresses(reader, path, given)
    if given.get("comment") is not None:
        reader.comment(f"{path}.comment", given["comment"])
    profile = _profile(reader, path, given)
    sources = reader.sources(f"{path}.sources", given.get("sources"))
    openings, leaving = _ways(reader, path, given, profile, sources)
    if len(reader.problems.found) == before:
        if not openings and not leaving:
            reader.problems.add(path, "has neither a profile nor ports nor egress, so there is nothing to do for it")
        if host is None and host6 is None:
            reader.problems.add(f"{path}.host", "is missing")
    mapping = reader.choice(f"{path}.mapping", given.get("mapping", "port_forward"), MAPPINGS, "mapping")
    return ServiceRow(
        path=path,
        name=name or "",
        profile=profile,
        host=host if isinstance(host, IPv4Address) else None,
        network=host if isinstance(host, IPv4Network) else None,
        host6=host6,
        public=public,
        mapping=mapping or "port_forward",
        hairpin=reader.truth(f"{path}.hairpin", given.get("hairpin", True)),
        sources=sources,
        openings=openings,
        leaving=leaving,
        options=tuple([option for option in OPTIONS if option in given and given[option] is not None]),
    )


def parse_services(reader: Reader, value: Any) -> tuple[ServiceRow, ...]:
    """Return the services as written; ``value`` is described at the module's option of the same name."""
    found = []
    for path, item in reader.items("services", value):
        row = reader.row(path, item, SERVICE_KEYS, ("name",))
        if row is not None:
            found.append(_service(reader, path, row))
    return tuple(found)
