"""Parse the relay (TURN server) of a site: by what name everybody knows it, and on which ports it is spoken to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .model import RELAY_RANGE, RELAY_TLS_PORT, Host, PublicName, Relay
from .names import domain_fault
from .reader import Reader

PROFILE = "stun_turn"
HTTPS = 443
#: What the chat server listens on itself.
_TAKEN = (80, HTTPS, 5222, 5223)
#: Characters that need no quoting in the settings of a relay and of a chat server.
_SECRET = re.compile(r"[A-Za-z0-9+/=_.-]{32,128}\Z")

Place = tuple[str, Mapping[str, Any]]


def relay(
    reader: Reader, group: Sequence[Host], chat: Sequence[Host], domain: str, behind_nat: bool, public: PublicName | None
) -> Relay | None:
    """Return the relay of the group ``turn_relays``, None where it is empty; ``public`` is the chat's name outside, if any.

    In an air gap its name is the chat's, or that of its host in ``domain``; behind NAT it has a public one.
    """
    _secret(reader)
    if not group:
        return None
    host, apart = group[0], group[0] not in chat
    if host.inventory_name in reader.members("routers"):
        reader.fault("groups.turn_relays", f"{host.inventory_name} is the router; a relay needs a host behind it")
        return None
    if not behind_nat:
        label = host.name if apart else str(reader.variable("site_chat_name", "chat"))
        return Relay(host, f"{label}.{domain}", HTTPS if apart else RELAY_TLS_PORT, RELAY_RANGE)
    name = _name(reader, apart, domain, public)
    place, row = _service(reader, host, apart)
    tls_port = _tls_port(reader, place, row, apart)
    return Relay(host, name, tls_port, _range(reader, place, row.get("relay_ports")))


def _secret(reader: Reader) -> None:
    """Check the shared secret; it is not returned."""
    value = reader.variable("site_relay_secret")
    if value is not None and not (isinstance(value, str) and _SECRET.match(value)):
        words = "must be 32 to 128 letters, digits and + / = _ . -, such as `openssl rand -hex 32` prints"
        reader.fault("site_relay_secret", f"{words}; keep it in Ansible Vault, or leave it out and one is made")


def _name(reader: Reader, apart: bool, domain: str, public: PublicName | None) -> str:
    """Return the public name of the relay."""
    given = reader.variable("site_relay_name")
    if public is None:
        return ""  # that is a problem already
    if not apart:
        words = f"has no use, for the relay is on the chat server and has its name, {public.name}; leave it out"
        reader.fault("site_relay_name", words if given not in (None, public.name) else None)
        return public.name
    zone = public.zone.zone
    name = f"turn.{zone}" if given is None else given
    fault = domain_fault(name)
    if fault is None and name == public.name:
        fault = f"{name} is the chat's own name; a relay on a host of its own needs another one, such as turn.{zone}"
    elif fault is None and not name.endswith(f".{zone}"):
        fault = f"{name} is not in {zone}, the zone of site_public_dns; choose a name such as turn.{zone}"
    elif fault is None and name.endswith(f".{domain}") and "." in name.removesuffix(f".{domain}"):
        fault = f"{name} is in site_domain, where a host has one label before {domain}, such as turn.{domain}"
    reader.fault("site_relay_name", fault)
    return str(name)


def _service(reader: Reader, host: Host, apart: bool) -> Place:
    """Return the row of ``site_services`` by which the outside reaches the relay."""
    own = {str(address) for address in host.addresses}
    services = reader.variable("site_services", [])
    listed = services if isinstance(services, Sequence) and not isinstance(services, str) else ()
    found = [
        (f"site_services[{at}]", row)
        for at, row in enumerate(listed)
        if isinstance(row, Mapping) and row.get("profile") == PROFILE and str(row.get("host")).removesuffix("/32") in own
    ]
    if not found:
        words = f"nothing leads to the relay ({host.address}); add {{name: relay, profile: {PROFILE}, host: {host.address}}}"
        more = ", and with a public address of its own also public_address, mapping: one_to_one and tls_port: 443"
        reader.fault("site_services", words + (more if apart else ""))
        return "site_services", {}
    for place, _row in found[1:]:
        reader.fault(place, f"leads to the relay as {found[0][0]} does; it has one public address, leave one of the two out")
    return found[0]


def _tls_port(reader: Reader, place: str, row: Mapping[str, Any], apart: bool) -> int:
    """Return the port for TLS; whether it is one at all the forwarding plan has seen to."""
    text = str(row.get("tls_port") or RELAY_TLS_PORT)
    port = int(text) if re.fullmatch("[1-9][0-9]{0,4}", text) else RELAY_TLS_PORT
    if not apart and port in _TAKEN:
        words = f"{port} is the chat's own, and the relay is on the chat server"
        reader.fault(f"{place}.tls_port", f"{words}; leave it out ({RELAY_TLS_PORT}), or give the relay a host of its own")
    return port


def _range(reader: Reader, place: str, value: Any) -> tuple[int, int]:
    """Return first and last of the ports that are lent; the forwarding plan has seen to it that they are ports."""
    given = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    if len(given) > 1:
        reader.fault(f"{place}.relay_ports", "is a list; the relay lends the ports of one range, such as 49152-65535")
    found = re.fullmatch("([1-9][0-9]{0,4}) *- *([1-9][0-9]{0,4})", str(given[0])) if given and given[0] is not None else None
    if given and given[0] is not None and not found:
        reader.fault(f"{place}.relay_ports", f"{given[0]!r} is no range of ports, such as 49152-65535")
    return (int(found[1]), int(found[2])) if found else RELAY_RANGE
