# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan means for the router that it is for, besides rules. Pure; the plan as plain data, as a module returns it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def work(plan: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What the tasks of a router need of a plan.

    C(openings) and C(networks) as M(onprem.chat.nat_ruleset) takes them, C(ports), C(wan), C(lan), C(publics) and C(addresses) as
    M(onprem.chat.nat_probe) does, C(ipv6) whether IPv6 is forwarded, C(add) and C(remove) lines for C(ip -batch) that make public
    addresses present at the router. Places in the user's variables begin with I(prefix).
    """
    lines = [pair for public in plan["publics"] for pair in _presence(plan, public)]
    lans = plan["lans"]
    return {
        "openings": [*plan["forwards"], *plan["one_to_one"], *plan["pinholes"]],
        "networks": [lan[key] for lan in lans for key in ("network", "network6") if lan.get(key)],
        "ports": [*_ports(plan), *_management(plan)],
        "wan": [wan["interface"] for wan in plan["wans"]],
        "lan": [lan["interface"] for lan in lans],
        "publics": [_public(public, prefix) for public in plan["publics"]],
        "addresses": [*_addresses(plan, prefix)],
        "ipv6": bool(plan["pinholes"]) or any(lan.get("network6") for lan in lans),
        "add": [add for add, _remove in lines],
        "remove": [remove for _add, remove in reversed(lines)],
    }


def _presence(plan: Mapping[str, Any], public: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Pairs of lines: what adds, what takes back.

    The kernel answers for an address in another's place when it has an entry for it and its route leads elsewhere: into the LAN.
    """
    address, wan = public["address"], public["wan"]
    if public["presence"] == "secondary":
        yield f"address replace {address}/32 dev {wan}", f"address delete {address}/32 dev {wan}"
    if public["presence"] == "proxy_arp":
        users = [row["lan"] for row in (*plan["forwards"], *plan["one_to_one"]) if row["public"] == address]
        lan = min(users) if users else plan["lans"][0]["interface"]
        yield f"route replace {address}/32 dev {lan}", f"route delete {address}/32 dev {lan}"
        yield f"neighbour replace proxy {address} dev {wan}", f"neighbour delete proxy {address} dev {wan}"


def _ports(plan: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What has to come through to hosts of the LAN."""
    keys = ("protocol", "private_ports", "host", "public", "public_ports")
    rows = {tuple(row[key] for key in keys) for row in plan["forwards"]}
    for protocol, ports, host, public, public_ports in sorted(rows, key=str):
        asked = {"port": ports, "public_address": public, "public_port": public_ports}
        yield {"protocol": protocol, "host": host, **{key: value for key, value in asked.items() if value}}


def _management(plan: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """What has to come through to the router itself, by way of its first LAN."""
    for row in plan["management"]:
        for lan in plan["lans"][:1]:
            yield {"protocol": row["protocol"], "port": row["ports"], "host": lan["address"]}


def _public(public: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    row = {"address": public["address"], "presence": public["presence"], "interface": public["wan"]}
    return {**row, "place": f"{prefix}router.public"}


def _addresses(plan: Mapping[str, Any], prefix: str) -> Iterable[dict[str, Any]]:
    """What the router has to have by itself: its address in each LAN, and the one that LANs leave with by each WAN."""
    for lan in plan["lans"]:
        yield {"address": lan["address"], "interface": lan["interface"], "place": f"{prefix}router.lan"}
    for wan in plan["wans"]:
        first = [one for one in wan["addresses"] if ":" not in one]
        yield {"address": first[0].partition("/")[0], "interface": wan["interface"], "place": f"{prefix}router.wan"}
