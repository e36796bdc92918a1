"""What the plan of a site's router has for each of its seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..forwarding.serial import from_data
from .relays import others, own
from .rows import Asker
from .seats import OUTSIDE, ROUTER, Ways


def ways(
    site: Mapping[str, Any],
    forwarding: Mapping[str, Any] | None,
    services: Sequence[Any],
    places: Mapping[str, str],
    addresses: Mapping[str, str],
    ours: bool,
) -> Ways:
    """Return the rows of each seat and the site's relays.

    ``site`` is what site.plan.compute returns, ``forwarding`` the answer of forwarding.plan.make or None in an air gap,
    ``services`` those of the inventory. ``places`` are the vantages with their seats, ``addresses`` where each of them is.
    ``ours`` says that Ansible manages the router.
    """
    if forwarding is None or site["public"] is None:
        return Ways({}, own(site["relay"], inside=True))
    public = site["public"]
    asker = Asker(
        from_data(forwarding["plan"]),
        forwarding["verdicts"],
        site["chat"]["addresses"],
        site["chat"]["ports"],
        (site["chat"]["name"], public["address"]),
        ours,
        [(one["address"], one["port"]) for one in own(site["relay"], inside=True) if one["transport"] != "udp"],
    )
    rows = {}
    for host, seat in places.items():
        address = addresses.get(host, "")
        if seat == OUTSIDE:
            rows[host] = asker.outside(address, public["ports"])
        elif seat == ROUTER:
            rows[host] = asker.router()
        else:
            rows[host] = asker.inside(address)
    return Ways(rows, *(_relays(site, forwarding["plan"], services, inside) for inside in (True, False)))


def _relays(site: Mapping[str, Any], plan: Mapping[str, Any], services: Sequence[Any], inside: bool) -> list[dict[str, Any]]:
    names = {address: row["name"] for row in site["dns"]["hosts"] for address in row["addresses"]}
    return [*own(site["relay"], inside), *others(plan, services, site["relay"], site["domain"], names, inside)]
