"""Render: the IPv6 half of the plan as a file for ``ip6tables-restore --noflush``: no translation, only a filter."""

from __future__ import annotations

from ..model import Plan
from . import matches
from .iptables_filter import FAST, Family, input_chain, lan_to_wan, pass_on, pretenders
from .iptables_text import DESTINATION, Entry, Table, networks

#: Messages by number (RFC 4443, 2710, 3810, 4861), for not every release of ip6tables knows all their names:
#: errors, echo-request, multicast listeners, router and neighbour discovery.
ICMP = [f"-p ipv6-icmp --icmpv6-type {kind}" for kind in (1, 2, 3, 4, 128, 130, 131, 132, 133, 134, 135, 136, 143)]


def render(plan: Plan) -> str:
    """Return the file for ``ip6tables-restore --noflush``; the same plan is the same bytes."""
    table = Table("filter")
    family = Family(6, tuple(one.network6 for one in plan.lans if one.network6))
    opened = _pinholes(table, plan)
    rules = [
        *pretenders(family),
        FAST,
        "-m conntrack --ctstate INVALID -j DROP",
        *([f"-j {opened}"] if opened else []),
        "-j DROP",
    ]
    table.chain("WAN_TO_LAN", rules)
    lan_to_wan(table, plan, family)
    table.chain("LAN_TO_LAN", ["-j ACCEPT"])
    pass_on(table, plan)
    input_chain(table, plan, family, ICMP)
    return "\n".join([matches.HEADING, *table.text(), ""])


def _pinholes(table: Table, plan: Plan) -> str:
    """A chain of sources returns when none matches, for ranges may overlap with single ports."""
    openings = matches.openings(plan)
    numbers = matches.number(one.sources for one in openings if one.sources)
    for sources, index in numbers.items():
        table.chain(f"FROM_{index}", (f"{match}-j ACCEPT" for match in networks("-s", sources)))
    entries = (
        Entry(one.host, one.protocol, one.ports, f"-j ONPREM_FROM_{numbers[one.sources]}" if one.sources else "-j ACCEPT")
        for one in openings
    )
    return table.dispatch("PINHOLES", DESTINATION, entries)
