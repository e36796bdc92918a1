"""The seats of a site: from which hosts it is verified, and what each of them should see.

A host has one seat. ``server`` is the chat server itself, ``lan`` a desk, ``outside`` a machine beyond the router,
``router`` the router, ``controller`` a machine that somebody wants to look from as well and on which nothing is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SERVER, LAN, OUTSIDE, ROUTER, CONTROLLER = "server", "lan", "outside", "router", "controller"

#: Inventory groups in the order in which they decide; the last two only where the site has an outside.
GROUPS = {"chat_servers": SERVER, "clients": LAN, "controllers": CONTROLLER, "outside": OUTSIDE, "routers": ROUTER}
BEYOND = (OUTSIDE, ROUTER)


@dataclass(frozen=True)
class Ways:
    """What the plan of the site's router has for its seats; empty in an air gap.

    ``rows`` are those of onprem.chat.port_probe by host, ``relays`` the relays as the LAN and as the outside reaches them.
    """

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    relays_inside: Sequence[Mapping[str, Any]] = ()
    relays_outside: Sequence[Mapping[str, Any]] = ()


def sitting(site: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the vantages of a site with their seats.

    ``site`` is what site.plan.compute returns, ``groups`` those of the inventory.
    """
    found: dict[str, str] = {}
    for group, seat in GROUPS.items():
        if seat not in BEYOND or site["public"] is not None:
            for host in groups.get(group, ()):
                found.setdefault(str(host), seat)
    return found


def seats(site: Mapping[str, Any], places: Mapping[str, str], ways: Ways) -> dict[str, dict[str, Any]]:
    """Return what each vantage should see, by inventory name; ``places`` are those of :func:`sitting`.

    Besides ``seat`` and ``rows`` the keys are the options of onprem.chat.site_probe that depend on where one sits.
    """
    return {
        host: {
            "seat": seat,
            **(_outside(site) if seat == OUTSIDE else _inside(site)),
            "engine": site["chat"]["engine"],
            "page": site["chat"]["page"],
            "websocket_paths": list(site["chat"]["websocket_paths"]),
            "health": site["chat"]["health"],
            "relays": [dict(one) for one in (ways.relays_outside if seat == OUTSIDE else ways.relays_inside)],
            "rows": [dict(row) for row in ways.rows.get(host, ())],
        }
        for host, seat in places.items()
    }


def _inside(site: Mapping[str, Any]) -> dict[str, Any]:
    public = site["public"]
    own_chain = public is None or public["method"] == "local_ca"
    return {
        "address": site["chat"]["addresses"][0],
        "addresses": list(site["chat"]["addresses"]),
        "services": _services(site),
        "domain": site["domain"],
        "dns_servers": list(site["dns"]["servers"]),
        "ports": list(site["chat"]["ports"]),
        "doors": [dict(door) for door in site["chat"]["doors"]],
        "names": list(site["chat"]["lan_names"]),
        "crl_urls": list(site["authority"]["crl_urls"]) if own_chain else [],
        "air_gap": public is None and not site["dns"]["forwarders"],
        "start": True,
        "start_ca": own_chain,
    }


def _services(site: Mapping[str, Any]) -> list[str]:
    """Return the services of the chat that have SRV records in the site's own zones."""
    split = [row for zone in site["dns"]["split"] if zone["name"] == site["chat"]["name"] for row in zone["services"]]
    return sorted({str(row["service"]) for row in (*site["dns"]["services"], *split)})


def _outside(site: Mapping[str, Any]) -> dict[str, Any]:
    """A public zone may hold a wildcard, and the site's own name servers and lists are for the LAN alone."""
    records = site["public"]["records"]
    own = [row for row in records if row["name"] == site["public"]["name"] and row["type"] in ("A", "AAAA")]
    return {
        "address": site["public"]["address"],
        "addresses": [address for row in own for address in row["values"]],
        "services": [row["name"].split(".")[0].lstrip("_") for row in records if row["type"] == "SRV"],
        "domain": "",
        "dns_servers": [],
        "ports": list(site["public"]["ports"]),
        "doors": [],
        "names": list(site["chat"]["lan_names"]),
        "crl_urls": [],
        "air_gap": False,
        "start": False,
        "start_ca": False,
    }
