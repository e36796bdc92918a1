"""The relays (TURN servers) that a vantage should reach: the site's own, and others that its router leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..site.model import RELAY_PORT, RELAY_TLS_PORT
from ..site.parse_relay import PROFILE

Row = dict[str, Any]


def own(relay: Mapping[str, Any] | None, inside: bool) -> list[Row]:
    """Return the ways to the site's own relay (RV(onprem.chat.site_plan#module:relay)), for who is inside or outside."""
    if relay is None:
        return []
    address = relay["address"] if inside else relay["public_address"]
    return [{**offer, "address": address} for offer in relay["offers"]]


def others(
    plan: Mapping[str, Any],
    services: Sequence[Any],
    relay: Mapping[str, Any] | None,
    domain: str,
    names: Mapping[str, str],
    inside: bool,
) -> list[Row]:
    """Return the relays (profile stun_turn) of a router's plan (as data) that are not the site's own, ``relay``.

    ``services`` are those of the inventory, which know the profiles. Such a relay has the name that ``names`` has for its
    address, or that of its service, in the site's ``domain``.
    """
    speaks = dict(_speaks(services))
    found = []
    for row in plan["forwards"]:
        transport = speaks.get((row["service"], row["protocol"], str(row["private_ports"])))
        if transport and row["host"] != (relay or {}).get("address"):
            address, port = (row["host"], row["private_ports"]) if inside else (row["public"], row["public_ports"])
            name = names.get(row["host"], row["service"].replace("_", "-"))
            found.append({"name": f"{name}.{domain}", "address": address, "port": int(port), "transport": transport})
    return found


def _speaks(services: Sequence[Any]) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield service, protocol and port of each way to a relay, with its transport."""
    for row in services:
        if isinstance(row, Mapping) and row.get("profile") == PROFILE:
            for protocol, transport in (("udp", "udp"), ("tcp", "tcp")):
                yield (str(row.get("name")), protocol, str(RELAY_PORT)), transport
            yield (str(row.get("name")), "tcp", str(row.get("tls_port") or RELAY_TLS_PORT)), "tls"
