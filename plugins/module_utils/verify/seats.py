"""The seats of a site: from which hosts it is verified, and what each of them should see.

A host has one seat. ``server`` is the chat server itself, ``lan`` a desk, ``outside`` a machine beyond the router,
``router`` the router, ``controller`` a machine that somebody wants to look from as well and on which nothing is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SERVER, LAN, OUTSIDE, ROUTER, CONTROLLER = "server", "lan", "outside", "router", "controller"

#: Inventory groups in the order in which they decide; the last two only where the site has an outside.
GROUPS = {"chat_servers": SERVER, "clients": LAN, "controllers": CONTROLLER, "outside": OUTSIDE, "routers": ROUTER}
BEYOND = (OUTSIDE, ROUTER)

CHAT_PORTS = (80, 443, 5222, 5223)


def seats(site: Mapping[str, Any], groups: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Return what each vantage should see, by inventory name.

    ``site`` is what site.plan.compute returns, ``groups`` those of the inventory. Besides ``seat`` the keys are the options of
    onprem.chat.site_probe that depend on where one sits.
    """
    public = site["public"]
    found: dict[str, dict[str, Any]] = {}
    for group, seat in GROUPS.items():
        if seat in BEYOND and public is None:
            continue
        for host in groups.get(group, ()):
            found.setdefault(host, {"seat": seat, **(_outside(site) if seat == OUTSIDE else _inside(site))})
    return found


def _inside(site: Mapping[str, Any]) -> dict[str, Any]:
    public = site["public"]
    own_chain = public is None or public["method"] == "local_ca"
    return {
        "address": site["chat"]["addresses"][0],
        "domain": site["domain"],
        "dns_servers": list(site["dns"]["servers"]),
        "ports": list(CHAT_PORTS),
        "doors": list(site["chat"]["doors"]),
        "crl_urls": list(site["authority"]["crl_urls"]) if own_chain else [],
        "air_gap": public is None and not site["dns"]["forwarders"],
        "relays": [],
        "rows": [],
    }


def _outside(site: Mapping[str, Any]) -> dict[str, Any]:
    """A public zone may hold a wildcard, and the site's own name servers and lists are for the LAN alone."""
    return {
        "address": site["public"]["address"],
        "domain": "",
        "dns_servers": [],
        "ports": list(site["public"]["ports"]),
        "doors": [],
        "crl_urls": [],
        "air_gap": False,
        "relays": [],
        "rows": [],
    }
