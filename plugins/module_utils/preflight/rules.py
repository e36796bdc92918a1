"""The questions that are asked of one host; a new question is one function and one line in ``RULES``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Callable

from .expectation import SUPPORTED, Expectation, Policy, PortNeed
from .finding import BLOCKING, WARNING, Finding
from .survey import Holder, Network, Survey

Rule = Callable[[Survey, Expectation, Policy], Iterator[Finding]]
FLOOR_MB = 100
FLOOR_INODES = 2000
SET_CLOCK = "Set it: timedatectl set-time 'YYYY-MM-DD hh:mm:ss'"

#: Services of others that want our ports, by port: enabled, they win or lose the race at every boot.
RIVALS: dict[int, tuple[str, ...]] = {
    53: ("dnsmasq", "knot", "pdns", "pdns-recursor", "unbound"),
    80: ("apache2", "caddy", "haproxy", "lighttpd"),
    443: ("apache2", "caddy", "haproxy", "lighttpd"),
    123: ("ntp", "ntpsec", "openntpd"),
    5222: ("prosody",),
}


def system(survey: Survey, _expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """Debian 12 or 13, systemd in charge, and the rights to change things."""
    if survey.release not in SUPPORTED.get(survey.distribution, ()):
        seen = f"{survey.distribution} {survey.release}".strip() or "an unknown system"
        yield Finding(survey.host, BLOCKING, "system", f"runs {seen}", "Install Debian 12 or 13; nothing else is tested")
    if not survey.systemd:
        remedy = "Boot it with systemd (package systemd-sysv)"
        yield Finding(survey.host, BLOCKING, "system", "systemd is not in charge of it", remedy)
    if not survey.root:
        remedy = "Connect as root, or set ansible_become: true"
        yield Finding(survey.host, BLOCKING, "rights", "Ansible is not root on it", remedy)


def architecture(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    if survey.architecture not in expected.architectures:
        remedy = f"Take a machine of {' or '.join(expected.architectures)}, for which there are packages"
        yield Finding(survey.host, BLOCKING, "architecture", f"is a machine of {survey.architecture}", remedy)


def address(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """The site's addresses are on the host, do not move, and nobody else answers for them."""
    own = {one.address: one for one in survey.addresses}
    for wanted in expected.addresses:
        if wanted not in own:
            what = f"does not have the address {wanted} (it has: {', '.join(own) or 'none'})"
            remedy = "Correct the address in the inventory, or give the host this one"
            yield Finding(survey.host, BLOCKING, "address", what, remedy)
        elif expected.static and own[wanted].dynamic:
            remedy = f"Set it fixed on {own[wanted].interface}: a server must not move when a lease ends"
            yield Finding(survey.host, BLOCKING, "address", f"its address {wanted} was leased by DHCP", remedy)
    for claimed, mac in sorted(survey.claimed.items()):
        what = f"another machine ({mac}) answers for its address {claimed}"
        yield Finding(survey.host, BLOCKING, "address", what, "Take that machine off the LAN or give it another address")


def way_out(survey: Survey, expected: Expectation, policy: Policy) -> Iterator[Finding]:
    """In a gap no route may lead out of the site's networks; elsewhere that is how it should be."""
    for route in survey.routes:
        if policy.air_gap and not _inside(route.destination, expected.networks):
            remedy = "Remove the route if this site is to be closed; nothing here needs it"
            yield Finding(survey.host, WARNING, "gap", f"has a way out of the site: {route}", remedy)


def _inside(destination: str, networks: tuple[Network, ...]) -> bool:
    if destination == "default":
        return False
    there = ipaddress.ip_network(destination, strict=False)
    return any(there[0] in network and there[-1] in network for network in networks)


def clock(survey: Survey, _expected: Expectation, policy: Policy) -> Iterator[Finding]:
    """Certificates need a clock that is nearly right before chrony has a say."""
    if policy.not_before and survey.epoch < policy.not_before:
        what = "its clock lies before the day on which the bundle was made"
        yield Finding(survey.host, BLOCKING, "clock", what, SET_CLOCK)
    elif abs(survey.clock_offset) > policy.clock_skew:
        what = f"its clock is {_span(survey.clock_offset)} the control node's"
        yield Finding(survey.host, BLOCKING, "clock", what, SET_CLOCK)


def _span(seconds: float) -> str:
    spans = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
    length, unit = next((span for span in spans if abs(seconds) >= 2 * span[0]), spans[-1])
    return f"{abs(seconds) / length:.0f} {unit} {'ahead of' if seconds > 0 else 'behind'}"


def disk(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """Needs of paths on one file system add up. A host that was set up before has most of it already: it only warns."""
    for device in sorted({one.device for one in survey.disks}):
        disks = [one for one in survey.disks if one.device == device and one.path in expected.disk_mb]
        if not disks:
            continue
        where = " and ".join(one.path for one in disks)
        needed, free = sum(expected.disk_mb[one.path] for one in disks), disks[0].free_mb
        level = BLOCKING if not survey.set_up or free < FLOOR_MB else WARNING
        if disks[0].read_only:
            what = f"{where} cannot be written (mounted read-only)"
            yield Finding(survey.host, BLOCKING, "disk", what, "Look for disk errors, then remount it writable")
        elif free < needed:
            what = f"{where}: {free} MB free, {needed} MB needed"
            yield Finding(survey.host, level, "disk", what, "Free space there or enlarge it")
        elif 0 <= disks[0].free_inodes < FLOOR_INODES:
            what = f"{where}: only {disks[0].free_inodes} inodes free"
            yield Finding(survey.host, level, "disk", what, "Remove small files there")


def memory(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    if survey.memory_mb < expected.memory_mb:
        what = f"has {survey.memory_mb} MB of memory, {expected.memory_mb} MB are advised"
        yield Finding(survey.host, WARNING, "memory", what, "Give it more, or expect it to be slow")


def ports(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """A port that the host's roles need is free or held by our own daemon."""
    taken: dict[str, list[str]] = {}
    for need in expected.ports:
        for holder in survey.holders:
            if _collides(need, holder):
                taken.setdefault(str(holder), []).append(need.name)
    for holder_text, names in sorted(taken.items()):
        what = f"port {', '.join(dict.fromkeys(names))} is taken by {holder_text}"
        yield Finding(survey.host, BLOCKING, "port", what, "Stop and disable that program, or move it to another host")


def _collides(need: PortNeed, holder: Holder) -> bool:
    if (holder.protocol, holder.port) != (need.protocol, need.port) or holder.process in need.programs:
        return False
    return not need.addresses or holder.wildcard or holder.address in need.addresses


def rivals(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """An enabled service that would take the same ports at the next boot."""
    wanted = {rival for need in expected.ports for rival in RIVALS.get(need.port, ())}
    for rival in sorted(survey.services & wanted):
        what = f"the service {rival} is enabled and would fight for the same ports at the next boot"
        yield Finding(survey.host, WARNING, "service", what, f"systemctl disable --now {rival}")


#: How a firewall of the host's own is told to let a port in, and what puts that into effect.
OPENINGS = {
    "ufw": ("ufw allow {port}/{protocol}", ""),
    "firewalld": ("firewall-cmd --permanent --add-port={port}/{protocol}", "firewall-cmd --reload"),
}


def firewalls(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """What drops what it does not know; whether it knows our ports already cannot be seen from its configuration alone."""
    for firewall in sorted(survey.firewalls & OPENINGS.keys()) if expected.ports else ():
        opening, effect = OPENINGS[firewall]
        lines = [opening.format(port=need.port, protocol=need.protocol) for need in expected.ports]
        remedy = "If that is not done yet: " + "; ".join([*lines, *([effect] if effect else [])])
        yield Finding(
            survey.host, WARNING, "firewall", f"the firewall {firewall} is on and drops what it was not told of", remedy
        )


def chat(survey: Survey, expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    """Accounts and history belong to the domain of the chat addresses; under another one everybody starts anew."""
    if expected.chat_name and survey.chat_name and survey.chat_name != expected.chat_name:
        what = f"has accounts and history under {survey.chat_name}; under {expected.chat_name} everybody starts anew"
        remedy = f"Keep the name {survey.chat_name}, or let people know; what was written stays in the database"
        yield Finding(survey.host, WARNING, "chat", what, remedy)


def name(survey: Survey, _expected: Expectation, _policy: Policy) -> Iterator[Finding]:
    if survey.hostname.split(".")[0] in ("", "localhost", "debian"):
        what = f"its own name is {survey.hostname or 'empty'}"
        yield Finding(survey.host, WARNING, "name", what, f"hostnamectl set-hostname {survey.host.split('.')[0]}")


RULES: tuple[Rule, ...] = (system, architecture, address, way_out, clock, disk, memory, ports, rivals, firewalls, chat, name)
