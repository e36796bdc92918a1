"""Faults that no host can see alone: two names for one machine, and clones."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from .finding import BLOCKING, WARNING, Finding
from .survey import Address, Network, Survey


def across(surveys: Sequence[Survey], networks: Collection[Network]) -> Iterator[Finding]:
    """Findings out of the comparison of all hosts with each other.

    Only addresses inside the site's networks count: a container bridge has the same one on many hosts.
    """
    surveys = [replace(survey, addresses=_of_site(survey, networks)) for survey in surveys]
    same = _groups((survey, (survey.machine, survey.boot, *sorted(survey.macs))) for survey in surveys if survey.machine)
    aliases = {survey.host for group in same for survey in group}
    for group in same:
        yield _finding(group, BLOCKING, "name", "are one and the same machine", "Give one machine one name in the inventory")
    distinct = [survey for survey in surveys if survey.host not in aliases]
    for group in _groups((survey, one.address) for survey in distinct for one in survey.addresses):
        yield _finding(group, BLOCKING, "address", f"share the address {_shared(group)}", "Give each host its own address")
    for group in _groups((survey, mac) for survey in distinct for mac in survey.macs):
        remedy = "Give each network card its own (a copied virtual machine keeps the old one)"
        yield _finding(group, BLOCKING, "address", "share a hardware address", remedy)
    for group in _groups((survey, survey.machine) for survey in distinct if survey.machine):
        remedy = "On the copy: rm /etc/machine-id && systemd-machine-id-setup, then reboot"
        yield _finding(group, WARNING, "name", "share a machine id (one is a copy of the other)", remedy)
    for group in _groups((survey, survey.hostname) for survey in distinct if survey.hostname):
        remedy = "Give each its own name: hostnamectl set-hostname"
        yield _finding(group, WARNING, "name", f"call themselves {group[0].hostname}", remedy)


def _of_site(survey: Survey, networks: Collection[Network]) -> tuple[Address, ...]:
    return tuple(
        one
        for one in survey.addresses
        if not networks or any(ipaddress.ip_address(one.address) in network for network in networks)
    )


def _groups(pairs: Iterable[tuple[Survey, object]]) -> list[list[Survey]]:
    """The hosts that have a value in common, for every value that more than one host has."""
    found: dict[object, dict[str, Survey]] = defaultdict(dict)
    for survey, value in pairs:
        found[value][survey.host] = survey
    return [list(group.values()) for group in found.values() if len(group) > 1]


def _shared(group: Sequence[Survey]) -> str:
    common = set.intersection(*({one.address for one in survey.addresses} for survey in group))
    return ", ".join(sorted(common))


def _finding(group: Sequence[Survey], level: str, subject: str, what: str, remedy: str) -> Finding:
    hosts = sorted(survey.host for survey in group)
    others = " and ".join(hosts[1:])
    return Finding(hosts[0], level, subject, f"{hosts[0]} and {others} {what}", remedy)
