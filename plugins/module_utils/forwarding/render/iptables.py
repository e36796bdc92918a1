"""Render: the IPv4 half of the plan as a file for ``iptables-restore --noflush``.

Chains of our own, one jump from each of the kernel's; public addresses have a chain each, and many ports of one are found in
blocks, so that a connection costs nearly the same at any number of forwards. It decides as the nftables rendering does.
"""

from __future__ import annotations

from ..model import Forward, Plan
from . import matches
from .iptables_filter import FAST, Family, input_chain, lan_to_wan, pass_on, pretenders
from .iptables_text import DESTINATION, ORIGINAL, SOURCE, Entry, Table, networks

DNAT = "-m conntrack --ctstate DNAT"
ICMP = [f"-p icmp --icmp-type {kind}" for kind in matches.ICMP]


def render(plan: Plan) -> str:
    """Return the file for ``iptables-restore --noflush``; the same plan is the same bytes."""
    return "\n".join([matches.HEADING, *_nat(plan).text(), *_filter(plan).text(), ""])


def _nat(plan: Plan) -> Table:
    table = Table("nat")
    translate = table.dispatch("DNAT", DESTINATION, (_entry(one) for one in plan.forwards))
    for hook in ("PREROUTING", "OUTPUT"):
        table.hook(hook, translate or table.chain("DNAT"))  # also an empty one: the jumps are the same for every plan
    rules = []
    if plan.forwards:
        for lan in plan.lans:
            rules.append(f"{DNAT} -s {lan.network} -d {lan.network} -j SNAT --to-source {lan.address}")
        for lan in plan.lans:
            rules.append(f"{DNAT} -m addrtype --src-type LOCAL -d {lan.network} -j SNAT --to-source {lan.address}")
    reserved = (Entry(one.host, None, None, f"-j SNAT --to-source {one.public}") for one in plan.one_to_one)
    chain = table.dispatch("RESERVED", SOURCE, reserved)
    if chain:
        rules += [f"-o {wan.interface} -j {chain}" for wan in plan.wans]
    if plan.masquerade:
        for wan in plan.wans:
            for lan in plan.lans:
                rules.append(f"-s {lan.network} -o {wan.interface} -j SNAT --to-source {wan.address}")
    table.hook("POSTROUTING", table.chain("POSTROUTING", rules))
    return table


def _entry(one: Forward) -> Entry:
    """Ranges get the address alone and keep their ports."""
    to = f"{one.host}:{one.private_ports}" if one.private_ports and one.private_ports.single else str(one.host)
    return Entry(one.public, one.protocol, one.public_ports, f"-j DNAT --to-destination {to}")


def _filter(plan: Plan) -> Table:
    table = Table("filter")
    family = Family(4, tuple(one.network for one in plan.lans))
    decided = _forwarded(table, plan)
    rules = [*pretenders(family), FAST, "-m conntrack --ctstate INVALID -j DROP", f"{DNAT} -j {decided}", "-j DROP"]
    table.chain("WAN_TO_LAN", rules)
    foreign = (Entry(one, None, None, "-j DROP") for one in matches.foreign_publics(plan))
    lan_to_wan(table, plan, family, table.dispatch("FOREIGN", DESTINATION, foreign))
    table.chain("LAN_TO_LAN", _lan_to_lan(table, plan))
    pass_on(table, plan)
    reserved = (Entry(one.public, None, None, "-j DROP") for one in plan.one_to_one)
    input_chain(table, plan, family, ICMP, table.dispatch("RESERVED", DESTINATION, reserved))
    return table


def _forwarded(table: Table, plan: Plan) -> str:
    """What was translated and comes from outside; looked up by the original address, as two may lead to one host."""
    forwards = matches.restricted(plan)
    numbers = matches.number(sources for _forward, sources in forwards)
    for sources, index in numbers.items():
        table.chain(f"FROM_{index}", [*(f"{match}-j ACCEPT" for match in networks("-s", sources)), "-j DROP"])
    entries = (_original(one, f"-j ONPREM_FROM_{numbers[sources]}") for one, sources in forwards)
    chain = table.dispatch("RESTRICTED", ORIGINAL, entries)
    return table.chain("FORWARDED", [*([f"-j {chain}"] if chain else []), "-j ACCEPT"])


def _lan_to_lan(table: Table, plan: Plan) -> list[str]:
    entries = (_original(one, "-j DROP") for one in plan.forwards if not one.hairpin)
    chain = table.dispatch("OUTSIDE_ONLY", ORIGINAL, entries)
    return [*([FAST, f"{DNAT} -j {chain}"] if chain else []), "-j ACCEPT"]


def _original(one: Forward, then: str) -> Entry:
    return Entry(one.public, one.protocol, one.public_ports, then)
