"""What was declared of the host's addresses, held against what it has."""

from __future__ import annotations

from collections.abc import Iterator

from . import addresses
from .finding import DOCUMENTATION_ADDRESS, ERROR, INFO, MISSING_ADDRESS, UNFIT_ADDRESS, Finding
from .host import Host
from .question import INTERFACE, Declared, Question


def judge(question: Question, host: Host, resolved: tuple[str, ...], wan: tuple[str, ...]) -> list[Finding]:
    """Findings on addresses that are not there, or that nobody outside could reach; ``resolved`` are those of the name."""
    return [*_missing(question, host), *_unfit(question), *_documentation(question, host, resolved, wan)]


def _missing(question: Question, host: Host) -> Iterator[Finding]:
    """Addresses that have to be on an interface by now, each once, with every place that names it."""
    there = {(link.interface, addresses.address(link.address)) for link in host.links}
    places: dict[tuple[str, str], list[Declared]] = {}
    for one in (*question.publics, *question.addresses):
        if one.presence == INTERFACE and (one.interface, addresses.address(one.address)) not in there:
            places.setdefault((one.interface, one.address), []).append(one)
    for (interface, address), found in places.items():
        what = f"There is no {address} on {interface}"
        named = " and ".join(dict.fromkeys(one.place for one in found))
        public = any(one in question.publics for one in found)
        detail = f"{named}; {_instead(host, interface, address)}"
        yield Finding(MISSING_ADDRESS, what, ERROR, detail, _mend(host, found[0], public))


def _instead(host: Host, interface: str, address: str) -> str:
    owners = sorted(link.interface for link in host.links if addresses.address(link.address) == addresses.address(address))
    if owners:
        return f"it is on {', '.join(owners)}"
    own = [f"{link.address}/{link.prefix} ({link.kind})" for link in host.links if link.interface == interface]
    names = ", ".join(sorted({link.interface for link in host.links} - {"lo"})) or "none"
    return f"{interface} has {', '.join(own)}" if own else f"interfaces with addresses are: {names}"


def _mend(host: Host, one: Declared, public: bool) -> str:
    there = {link.interface for link in host.links}
    if host.owns(one.address) or one.interface not in there:
        return "Name the interface that has the address"
    mend = f"Write what {one.interface} has, or give it the address where its network is configured"
    other = ", or say presence: routed if the provider routes it to this host" if public else ""
    return mend + other


def _unfit(question: Question) -> Iterator[Finding]:
    """Public addresses that are none."""
    places = {one.address: one.place for one in question.publics}
    if question.public_address:
        places.setdefault(question.public_address, "public_address")
    for address, place in places.items():
        kind = addresses.classify(address)
        if kind not in addresses.OUTSIDE:
            what = f"{address} cannot be reached from outside"
            remedy = "Declare the address that the provider has given; what ends at another NAT is no public address"
            yield Finding(UNFIT_ADDRESS, what, ERROR, f"{place}: its class is {kind}", remedy)


def _documentation(question: Question, host: Host, resolved: tuple[str, ...], wan: tuple[str, ...]) -> Iterator[Finding]:
    """Addresses that are reserved for examples work in labs alone, and keep to themselves in a LAN."""
    outer = {
        *resolved,
        *(one.address for one in question.publics),
        *([question.public_address] if question.public_address else []),
        *(link.address for link in host.links if link.interface in wan),
    }
    known = outer | {link.address for link in host.links}
    found = sorted(one for one in known if addresses.classify(one) == addresses.DOCUMENTATION)
    if found:
        what = "Addresses that are reserved for documentation are in use"
        severity = ERROR if outer.intersection(found) and not question.lab else INFO
        remedy = "Right in a lab alone, and then say so (option lab); elsewhere declare the addresses that the provider has given"
        yield Finding(DOCUMENTATION_ADDRESS, what, severity, ", ".join(found), remedy)
