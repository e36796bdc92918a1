# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network around the router as lines for ``ip -batch``: one namespace outside, one for each LAN, one the router. Pure.

The outside and the LANs have every address (``ip route add local PREFIX dev lo``). Behind the router's LAN interfaces,
and everywhere in IPv6, one next hop stands for all hosts, so that no neighbour table can overflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Network

from ..forwarding.model import Lan, Plan, Wan
from .row import OUTSIDE, ROUTER, lan_space

#: The router's and the other end's link-local addresses; each link has its own.
_NEAR6, _FAR6 = "fe80::1", "fe80::2"
#: What stands for all hosts of a LAN, to the router.
_FAR4 = "169.254.255.254"
_UPLINK = "up0"

Lines = list[str]


def sysctls(space: str) -> dict[str, str]:
    """Settings below /proc/sys/net: a router's as distributions have them; the others take every packet."""
    settings = {
        "ipv6/conf/all/accept_dad": "0",
        "ipv6/conf/default/accept_dad": "0",
        "ipv6/conf/default/accept_ra": "0",
        "ipv4/conf/all/accept_redirects": "0",
        "ipv4/conf/default/accept_redirects": "0",
        "ipv6/conf/default/accept_redirects": "0",
    }
    router = space == ROUTER
    for scope in ("all", "default"):
        settings[f"ipv4/conf/{scope}/rp_filter"] = "2" if router else "0"  # loose, as systemd sets it
        settings[f"ipv4/conf/{scope}/accept_local"] = "0" if router else "1"
    settings["ipv4/ip_forward"] = settings["ipv6/conf/all/forwarding"] = "1" if router else "0"
    if not router:
        settings["core/somaxconn"] = settings["ipv4/tcp_max_syn_backlog"] = "8192"
    return settings


def links(plan: Plan, spaces: Mapping[str, str]) -> Lines:
    """In the router: all cables; ``spaces`` gives the namespace file of each name."""
    lines = ["link set dev lo up"]
    for number, wan in enumerate(plan.wans):
        lines += _cable(wan.interface, f"w{number}", spaces[OUTSIDE])
    for lan in plan.lans:
        lines += _cable(lan.interface, _UPLINK, spaces[lan_space(lan.interface)])
    return lines


def _cable(interface: str, peer: str, space: str) -> Lines:
    return [
        f"link add name {interface} type veth peer name {peer} netns {space}",
        f"link set dev {interface} addrgenmode none",
        f"link set dev {interface} up",
    ]


def _end(device: str) -> Lines:
    return [
        f"link set dev {device} addrgenmode none",
        f"link set dev {device} up",
        f"address add {_FAR6}/64 dev {device} nodad",
    ]


def lan(plan: Plan, number: int) -> Lines:
    """In a LAN: its hosts, and the router as the way to everything else."""
    one = plan.lans[number]
    lines = [
        "link set dev lo up",
        *_end(_UPLINK),
        f"address add {_FAR4}/32 dev {_UPLINK}",
        f"route add local {one.network} dev lo table local",
        f"route add {one.address}/32 dev {_UPLINK} table local",
        f"route add default via {one.address} dev {_UPLINK} onlink",
        f"route add default via {_NEAR6} dev {_UPLINK}",
    ]
    lines += [f"route add local {network} dev lo table local" for network in _networks6(plan, one)]
    if one.address6:
        lines.append(f"route add {one.address6}/128 via {_NEAR6} dev {_UPLINK} table local")
    return lines


def marked(plan: Plan) -> bool:
    """Whether the outside needs a routing table for each WAN, chosen by the mark of who asks (number of the WAN + 1)."""
    return len(plan.wans) > 1


def outside(plan: Plan) -> Lines:
    """Outside: everybody there is; the router's addresses on their links, private networks by way of the router."""
    lines = ["link set dev lo up"]
    for number, _wan in enumerate(plan.wans):
        lines += _end(f"w{number}")
    # who lives here decides first in the table local; packets that carry a mark ask their own table before it
    lines += ["route add local default dev lo table local", "route add local 2000::/3 dev lo table local"]
    lines.append("route add local fc00::/7 dev lo table local")
    own = set()
    for number, wan in enumerate(plan.wans):
        for address in wan.addresses:
            own.add(address.ip)
            hop = f"via {_NEAR6} " if address.version == 6 else ""
            lines.append(f"route add {address.ip}/{address.max_prefixlen} {hop}dev w{number} table local")
    numbers = {wan.interface: number for number, wan in enumerate(plan.wans)}
    for public in plan.publics:
        if public.address not in own:
            number = numbers[public.wan]
            hop = f"via {plan.wans[number].address} onlink " if public.presence == "routed" else ""
            lines.append(f"route add {public.address}/32 table local {hop}dev w{number}")
    lines += _inwards(plan, plan.wans.index(main(plan)), "local")
    for number, _wan in enumerate(plan.wans):
        if marked(plan):
            lines += _inwards(plan, number, str(100 + number))
    return lines


def _inwards(plan: Plan, number: int, table: str) -> Lines:
    """Routes to the private networks through one WAN, as only its neighbours can have them."""
    lines = []
    for one in plan.lans:
        lines.append(f"route add {one.network} via {plan.wans[number].address} dev w{number} onlink table {table}")
        for network in _networks6(plan, one):
            lines.append(f"route add {network} via {_NEAR6} dev w{number} table {table}")
    return lines


def rules(plan: Plan) -> Lines:
    """Outside, for either family: marks before everything else."""
    lines = ["rule add pref 1000 lookup local", "rule del pref 0"]
    return [*lines, *(f"rule add pref {10 + n} fwmark {n + 1} lookup {100 + n}" for n in range(len(plan.wans)))]


def _networks6(plan: Plan, one: Lan) -> list[str]:
    """What is IPv6 in a LAN: its network, and hosts with pinholes or ways out where the plan has no network for them."""
    hosts = {hole.host for hole in plan.pinholes if hole.lan == one.interface}
    sources = (row.source for row in plan.egress if row.lan == one.interface)
    hosts |= {source.network_address for source in sources if isinstance(source, IPv6Network)}
    networks = [str(one.network6)] if one.network6 else []
    return networks + [f"{host}/128" for host in sorted(hosts) if one.network6 is None or host not in one.network6]


def main(plan: Plan) -> Wan:
    """The WAN of the router's default route."""
    return next((wan for wan in plan.wans if wan.gateway), plan.wans[0])


def router(plan: Plan) -> Lines:
    """In the router, once the cables are there: addresses and routes."""
    lines: Lines = []
    for metric, wan in enumerate((main(plan), *(wan for wan in plan.wans if wan is not main(plan)))):
        lines += _wan(wan, metric)
    for lan in plan.lans:
        lines += [
            f"address add {lan.address}/{lan.network.prefixlen} dev {lan.interface} noprefixroute",
            f"address add {_NEAR6}/64 dev {lan.interface} nodad",
            f"route add {lan.network} via {_FAR4} dev {lan.interface} onlink src {lan.address}",
        ]
        if lan.address6 and lan.network6:
            lines.append(f"address add {lan.address6}/{lan.network6.prefixlen} dev {lan.interface} nodad noprefixroute")
        lines += [f"route add {network} via {_FAR6} dev {lan.interface}" for network in _networks6(plan, lan)]
    own = {address.ip for wan in plan.wans for address in wan.addresses}
    hosts = {one.public: one.lan for one in plan.forwards}
    hosts.update({one.public: one.lan for one in plan.one_to_one})
    for public in plan.publics:
        if public.address in own:
            continue
        if public.presence in ("interface", "secondary"):
            lines.append(f"address add {public.address}/32 dev {public.wan}")
        elif public.presence == "proxy_arp":
            behind = hosts.get(public.address, plan.lans[0].interface)
            lines.append(f"neighbour add proxy {public.address} dev {public.wan}")
            lines.append(f"ntable change name arp_cache dev {public.wan} proxy_delay 0")
            lines.append(f"route add {public.address}/32 dev {behind}")
    return lines


def _wan(wan: Wan, metric: int) -> Lines:
    lines = [f"address add {_NEAR6}/64 dev {wan.interface} nodad"]
    for address in wan.addresses:
        quiet = "" if address.version == 4 else " nodad noprefixroute"
        lines.append(f"address add {address} dev {wan.interface}{quiet}")
        if address.version == 6:
            lines.append(f"route add {address.network} via {_FAR6} dev {wan.interface} metric {metric + 10}")
    hop = f"via {wan.gateway} onlink " if wan.gateway else ""
    lines.append(f"route add default metric {metric + 1} {hop}dev {wan.interface}")
    lines.append(f"route add default via {_FAR6} dev {wan.interface} metric {metric + 1}")
    return lines
