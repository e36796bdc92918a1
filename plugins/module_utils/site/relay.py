"""Compute what the roles are told of the site's relay, and check that the router leads to it as it will say of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..intent.error import Problem
from . import certificates
from .model import Relay, Site

Row = Mapping[str, Any]


def _wanted(relay: Relay) -> list[tuple[str, str]]:
    """Protocol and ports of every way that leads in; each has the same ports outside, for its name is one in both places."""
    first, last = relay.relay_ports
    return [*((protocol, str(port)) for _transport, protocol, port in relay.ports), ("udp", f"{first}-{last}")]


def _ways(relay: Relay, forwarding: Row) -> dict[tuple[str, str], Row]:
    """The forwards that lead to the relay under the port that it has itself."""
    rows = [row for row in forwarding["forwards"] if row["host"] == str(relay.address)]
    return {
        (row["protocol"], row["private_ports"]): row
        for row in rows
        if row["private_ports"] == row["public_ports"] and (row["protocol"], row["private_ports"]) in _wanted(relay)
    }


def public_address(relay: Relay, forwarding: Row) -> str:
    """The address by which the outside reaches the relay; empty when nothing leads there."""
    ways = _ways(relay, forwarding)
    return str(ways[_wanted(relay)[0]]["public"]) if _wanted(relay)[0] in ways else ""


def check(site: Site, forwarding: Row, chat_address: str) -> list[Problem]:
    """Return what keeps the relay of a site behind NAT from working; ``chat_address`` is the public one of the chat."""
    relay = site.relay
    if relay is None or site.public is None:
        return []
    return [*_led(relay, forwarding), *_mapped(site, relay, forwarding, chat_address), *_certified(site)]


def _led(relay: Relay, forwarding: Row) -> Iterator[Problem]:
    """Every port of the relay is led to it, unchanged and by one address."""
    ways = _ways(relay, forwarding)
    missing = [f"{protocol} {ports}" for protocol, ports in _wanted(relay) if (protocol, ports) not in ways]
    if missing:
        words = f"{', '.join(missing)} of the relay ({relay.address}) is not led there under the same number"
        yield Problem("site_services", f"{words}; leave ports out of its row, or use tls_port and relay_ports")
    publics = sorted({str(row["public"]) for row in ways.values()})
    if len(publics) > 1:
        yield Problem("site_services", f"the relay ({relay.address}) is reached by {' and '.join(publics)}; it needs one address")


def _mapped(site: Site, relay: Relay, forwarding: Row, chat_address: str) -> Iterator[Problem]:
    """The relay leaves with the address that it lends, and its name leads to that one."""
    address = public_address(relay, forwarding)
    if not address:
        return
    row = _ways(relay, forwarding)[_wanted(relay)[0]]
    first = [next((one for one in wan["addresses"] if ":" not in one), "") for wan in forwarding["wans"]]
    leaving = {one.partition("/")[0] for one in first if one}
    if row["mapping"] == "port_forward" and forwarding["masquerade"] and address not in leaving:
        words = f"{row['service']} lends {address}, and what it sends leaves with {' or '.join(sorted(leaving))}"
        yield Problem("site_services", f"{words}, so that others drop it; add mapping: one_to_one to its row")
    if site.relay_apart is None and chat_address and address != chat_address:
        words = f"{row['service']} is at {address}, and {relay.name}, which is the relay's name too, leads to {chat_address}"
        yield Problem("site_services", f"{words}; use public_address: {chat_address}, or give the relay a host of its own")


def _certified(site: Site) -> Iterator[Problem]:
    """A relay of its own has no web server that could answer http-01; the key of the zone can."""
    if site.public and site.relay_apart and site.public.certificate.method == "acme" and site.public.zone.server is None:
        words = (
            f"the certificate of the relay ({site.relay_apart.name}) is ordered by dns-01: give server, key_name and key_secret"
        )
        others = "or put the relay on the chat server, or use site_public_certificate.method: files or local_ca"
        yield Problem("site_public_dns", f"{words}; {others}")


def records(site: Site, forwarding: Row) -> Iterator[dict[str, Any]]:
    """Yield the public record of a relay that has a name of its own."""
    apart = site.relay_apart
    if site.public and apart:
        yield {"name": apart.name, "type": "A", "ttl": site.public.zone.ttl, "values": [public_address(apart, forwarding)]}


def _router(forwarding: Row, own: str) -> list[str]:
    """The router's addresses on either side, but for the one that is the relay's."""
    inside = [lan["address"] for lan in forwarding["lans"]] + [lan["address6"] for lan in forwarding["lans"] if lan["address6"]]
    outside = [one.partition("/")[0] for wan in forwarding["wans"] for one in wan["addresses"]]
    found = dict.fromkeys([*inside, *outside, *(row["address"] for row in forwarding["publics"])])
    return [address for address in found if address != own]


def compute(site: Site, forwarding: Row | None, chat: Row) -> dict[str, Any] | None:
    """Return what the relay is told, and what of it everybody else; None where the site has none.

    ``chat`` is what the chat server is told. ``certificate`` is the request to the site's own authority, None where the
    relay has the chat's certificate.
    """
    relay = site.relay
    if relay is None:
        return None
    address = public_address(relay, forwarding) if forwarding else ""
    first, last = relay.relay_ports
    return {
        "host": relay.host.inventory_name,
        "name": relay.name,
        "own_host": site.relay_apart is not None,
        "address": str(relay.address),
        "public_address": address,
        "tls_port": relay.tls_port,
        "relay_ports": f"{first}-{last}",
        "offers": [{"name": relay.name, "transport": transport, "port": port} for transport, _protocol, port in relay.ports],
        "denied_peers": _router(forwarding, address) if forwarding else [],
        **_files(site, chat),
    }


def _files(site: Site, chat: Row) -> dict[str, Any]:
    """Where certificate and key of the relay are; without ``chain_path`` the certificate is handed over."""
    relay = site.relay_apart
    if relay is None:
        return {"certificate": None, "chain_path": chat["chain_path"], "key_path": chat["key_path"]}
    request = certificates.request(relay.name, [relay.name], [] if site.public else [str(relay.address)])
    paths = certificates.SERVED if site.public else {"chain_path": "", "key_path": request["key_path"]}
    return {"certificate": request, **paths}
