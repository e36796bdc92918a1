"""Parse: the one place of this core that sees raw input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..intent.error import Problems
from .error import NameFault
from .model import HostRow, Intent, ServiceRow, SplitRow, TextRow
from .name import ROOT, Name
from .network import WIDEST, Network
from .reader import Reader
from .record import Address, Service, Text
from .zone import Mailbox, Times

_HOST_KEYS = ("name", "addresses", "aliases", "outside_networks")
_SERVICE_KEYS = ("service", "protocol", "port", "target", "domain", "priority", "weight")
_TEXT_KEYS = ("name", "text")
_SPLIT_KEYS = ("name", "host", "addresses", "services")
_SPLIT_SERVICE_KEYS = ("service", "protocol", "port", "priority", "weight")
_SPARE_NAME = Name(("invalid",))
#: A week: longer, and a moved host stays lost to whoever has asked once.
_MAX_TTL = 604800


def _domain(reader: Reader, path: str, value: Any) -> Name | None:
    """Return a name that can be a zone of the site: a host name of two labels or more that is not an address."""
    text = reader.text(path, value)
    if text is None:
        return None
    try:
        name = Name.parse(text)
    except NameFault as fault:
        reader.problems.add(path, str(fault))
        return None
    reason = None
    if not name.is_host:
        reason = "is not a domain; an underscore is for services"
    elif name.labels[-1].isdigit():
        reason = "is not a domain; its last label is a number"
    elif len(name.labels) < 2:
        reason = "is a single label, which resolvers do not look up; use two or more, such as example.lan"
    elif name.labels[-1] in ("localhost", "invalid", "onion", "arpa") and name.labels[-2:] != ("home", "arpa"):
        reason = f"cannot be served: {name.labels[-1]} has a meaning of its own (RFC 6761)"
    if reason:
        reader.problems.add(path, f"{name.text!r} {reason}")
        return None
    return name


def _networks(reader: Reader, value: Any) -> tuple[tuple[str, Network], ...]:
    found: list[tuple[str, Network]] = []
    for path, item in reader.items("networks", value):
        network = reader.network(path, item)
        if network is None:
            continue
        if network.prefixlen < WIDEST[network.version]:
            reader.problems.add(
                path, f"{network} is wider than any site, and its clients may ask for anything; name your networks"
            )
        if any(network == other for _place, other in found):
            reader.problems.add(path, f"{network} stands twice")
        found.append((path, network))
    if not found and not reader.problems.found:
        reader.problems.add("networks", "at least one network is needed, such as 192.168.1.0/24")
    return tuple(found)


def _hosts(reader: Reader, value: Any, domain: Name | None) -> tuple[HostRow, ...]:
    found = []
    for path, row in reader.rows("hosts", value, _HOST_KEYS, ("name", "addresses")):
        name = reader.name(f"{path}.name", row["name"], domain)
        placed = [(place, reader.address(place, item)) for place, item in reader.items(f"{path}.addresses", row["addresses"])]
        listed = reader.items(f"{path}.aliases", row.get("aliases"))
        aliases = [(place, reader.name(place, item, domain)) for place, item in listed]
        outside = reader.truth(f"{path}.outside_networks", row.get("outside_networks", False))
        if not placed and isinstance(row["addresses"], list):
            reader.problems.add(f"{path}.addresses", "at least one address is needed")
        if name is not None:
            found.append(
                HostRow(
                    path,
                    name,
                    tuple((place, address) for place, address in placed if address is not None),
                    tuple((place, alias) for place, alias in aliases if alias is not None),
                    outside,
                )
            )
    return tuple(found)


def _service_label(reader: Reader, path: str, value: Any) -> str | None:
    text = reader.text(path, value)
    if text is None:
        return None
    try:
        label = Name.parse("_" + text.removeprefix("_")).labels
    except NameFault as fault:
        reader.problems.add(path, str(fault))
        return None
    if len(label) > 1:
        reader.problems.add(path, f"{value!r} is not a single word such as xmpp-client")
        return None
    return label[0]


def _service(reader: Reader, path: str, row: Mapping[str, Any], at: Name | None, target: Name | None) -> ServiceRow | None:
    """Return the SRV record of a row for the domain ``at``; None when something of it is wrong."""
    labels = [
        _service_label(reader, f"{path}.service", row["service"]),
        _service_label(reader, f"{path}.protocol", row.get("protocol", "tcp")),
    ]
    priority = reader.number(f"{path}.priority", row.get("priority", 0), 0, 65535)
    weight = reader.number(f"{path}.weight", row.get("weight", 0), 0, 65535)
    port = reader.number(f"{path}.port", row["port"], 0 if target == ROOT else 1, 65535)
    if at is None or target is None or priority is None or weight is None or port is None or None in labels:
        return None
    try:
        owner = Name(tuple(label for label in labels if label) + at.labels)
    except NameFault as fault:
        reader.problems.add(path, str(fault))
        return None
    return ServiceRow(path, owner, Service(priority, weight, port, target))


def _services(reader: Reader, value: Any, domain: Name | None) -> tuple[ServiceRow, ...]:
    found = []
    for path, row in reader.rows("services", value, _SERVICE_KEYS, ("service", "port", "target")):
        at = reader.name(f"{path}.domain", row.get("domain", "@"), domain)
        target = ROOT if row["target"] == "." else reader.name(f"{path}.target", row["target"], domain)
        found.append(_service(reader, path, row, at, target))
    return tuple(row for row in found if row is not None)


def _texts(reader: Reader, value: Any, domain: Name | None) -> tuple[TextRow, ...]:
    found = []
    for path, row in reader.rows("texts", value, _TEXT_KEYS, ("name", "text")):
        owner = reader.name(f"{path}.name", row["name"], domain, host=False)
        text = reader.text(f"{path}.text", row["text"])
        try:
            if owner is not None and text is not None:
                found.append(TextRow(path, owner, Text(text)))
        except NameFault as fault:
            reader.problems.add(f"{path}.text", str(fault))
    return tuple(found)


def _split(reader: Reader, value: Any, domain: Name | None) -> tuple[SplitRow, ...]:
    found = []
    for path, row in reader.rows("split", value, _SPLIT_KEYS, ("name",)):
        name = _domain(reader, f"{path}.name", row["name"])
        at_host = row.get("host") is not None
        host = reader.name(f"{path}.host", row["host"], domain) if at_host else None
        addresses = _places(reader, reader.items(f"{path}.addresses", row.get("addresses")))
        if at_host == bool(row.get("addresses")):
            reader.problems.add(path, "needs host or addresses, one of the two")
        listed = reader.rows(f"{path}.services", row.get("services"), _SPLIT_SERVICE_KEYS, ("service", "port"))
        services = [_service(reader, place, item, name, name) for place, item in listed]
        if name is not None:
            found.append(SplitRow(path, name, host, addresses, tuple(item for item in services if item is not None)))
    return tuple(found)


def _places(reader: Reader, listed: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Address], ...]:
    found = [(path, reader.address(path, item)) for path, item in listed]
    return tuple((path, address) for path, address in found if address is not None)


def _servers(reader: Reader, raw: Mapping[str, Any]) -> tuple[tuple[str, Address], ...]:
    secondaries = reader.items("secondary_addresses", raw.get("secondary_addresses"))
    return _places(reader, [("primary_address", raw.get("primary_address")), *secondaries])


def _here(reader: Reader, raw: Mapping[str, Any]) -> Address | None:
    """Return the address of the server that the plan is for; a primary is where the primary is."""
    here = reader.address("address", raw.get("address"))
    if here and raw.get("mode") == "primary" and str(here) != str(raw.get("primary_address")):
        reader.problems.add("mode", f"{here} is not the primary_address, so this server is a secondary")
    if here and raw.get("mode") == "secondary" and str(here) == str(raw.get("primary_address")):
        reader.problems.add("mode", f"{here} is the primary_address, so this server is the primary")
    return here


def _mailbox(reader: Reader, value: Any, domain: Name | None) -> Mailbox:
    local, at, host = str(value or "hostmaster").partition("@")
    try:
        return Mailbox(local, Name.parse(host) if at else domain or _SPARE_NAME)
    except NameFault as fault:
        reader.problems.add("hostmaster", f"{value!r} is not a mail address: {fault}")
        return Mailbox("hostmaster", _SPARE_NAME)


def _times(reader: Reader, value: Any) -> Times:
    ttl = None if value is None else reader.number("ttl", value, 1, _MAX_TTL)
    return Times() if ttl is None else Times(ttl=ttl)


def parse(raw: Mapping[str, Any], problems: Problems) -> Intent:
    """Return the intent that ``raw`` spells; what is wrong goes to ``problems`` and is left out of the intent.

    ``raw`` has ``domain``, ``networks``, ``hosts``, ``services``, ``texts``, ``split``, ``address``, ``mode``,
    ``primary_address``, ``secondary_addresses``, ``forwarders``, ``hostmaster`` and ``ttl``, as the module of the same options
    documents them.
    """
    reader = Reader(problems)
    domain = _domain(reader, "domain", raw.get("domain"))
    return Intent(
        domain=domain or _SPARE_NAME,
        networks=_networks(reader, raw.get("networks")),
        hosts=_hosts(reader, raw.get("hosts"), domain),
        services=_services(reader, raw.get("services"), domain),
        texts=_texts(reader, raw.get("texts"), domain),
        split=_split(reader, raw.get("split"), domain),
        servers=_servers(reader, raw),
        forwarders=_places(reader, reader.items("forwarders", raw.get("forwarders"))),
        here=_here(reader, raw),
        mailbox=_mailbox(reader, raw.get("hostmaster"), domain),
        times=_times(reader, raw.get("ttl")),
    )
