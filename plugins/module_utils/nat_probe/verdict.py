"""Is the host behind a NAT, behind two of them, and can it be found by its name?

The two-step test that the aPuppet guide gives (which address does the name have, and is it on this host?), made exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import addresses
from .finding import ERROR, NAME, PROVIDER_NAT, REVERSE_PATH, ROUTES, SECOND_NAT, WARNING, Finding
from .host import Host, Way
from .question import Question


@dataclass(frozen=True)
class Names:
    """What the name resolved to; ``fault`` says why it did not, ``asked`` who answered."""

    addresses: tuple[str, ...] = ()
    fault: str = ""
    asked: str = "the host's own resolver"


@dataclass(frozen=True)
class Verdict:
    """``behind_nat`` and ``double_nat`` are None where nobody can say from here; ``reason`` says why it is so."""

    behind_nat: bool | None
    reason: str
    double_nat: bool | None
    findings: tuple[Finding, ...]


def judge(question: Question, host: Host, names: Names) -> Verdict:
    """The verdict for one host; never raises."""
    behind, reason = _behind(question, host, names)
    wan = question.wan or host.outward()
    double, found = _double(question, host, names, wan)
    found.extend(_name(question, names))
    found.extend(_ways(host, wan))
    return Verdict(behind, reason, double, tuple(found))


def _version(text: str) -> int:
    return addresses.address(text).version


def _outside(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those that the outside could reach; IPv4 alone when there are any of it, because only IPv4 is translated."""
    open_to_all = tuple(one for one in texts if addresses.classify(one) in addresses.OUTSIDE)
    return tuple(one for one in open_to_all if _version(one) == 4) or open_to_all


def _behind(question: Question, host: Host, names: Names) -> tuple[bool | None, str]:
    public = _outside(names.addresses)
    told = f"{question.name} has {', '.join(public)}"
    if question.public_address and not public:
        public, told = (question.public_address,), f"the public address is {question.public_address}"
    if public:
        if all(question.brought(one) for one in public):
            return False, f"{told}, and that is brought to this host"
        own = [one for one in public if host.owns(one)]
        if len(own) == len(public):
            return False, f"{told}, and that is on this host"
        if own:
            return None, f"{told}, and only {', '.join(own)} is on this host"
        return True, f"{told}, and that is on no interface of this host"
    if names.addresses:
        return None, f"{question.name} has only {_said(names.addresses)} here: nothing that the outside knows"
    why = f"{question.name} has no address ({names.fault})" if question.name else "no name or public address was given"
    return _by_itself(host, why)


def _said(texts: tuple[str, ...]) -> str:
    return ", ".join(f"{one} ({addresses.classify(one)})" for one in texts)


def _by_itself(host: Host, why: str) -> tuple[bool | None, str]:
    """Without a public address to compare with: by the addresses on the interfaces that lead outside."""
    outward = host.outward()
    here = [link for link in host.links if link.interface in outward and _version(link.address) == 4]
    for link in here:
        if link.kind in addresses.OUTSIDE:
            return False, f"{why}; {link.interface}, where the default route leads, has the {link.kind} address {link.address}"
    for link in here:
        if link.kind in addresses.BEHIND:
            return (
                True,
                f"{why}; {link.interface}, where the default route leads, has the {link.kind} address {link.address}",
            )
    return None, f"{why}, and no IPv4 default route leads outside" if not here else f"{why}, and no address tells"


def _double(question: Question, host: Host, names: Names, wan: tuple[str, ...]) -> tuple[bool | None, list[Finding]]:
    """Only a router can tell: one whose own outer address is translated again."""
    outer = [link for link in host.links if link.interface in wan and _version(link.address) == 4]
    shared = [link for link in outer if link.kind == addresses.SHARED]
    public = _compared(question, names)
    here = bool(public) and (host.owns(public or "") or question.brought(public or ""))
    router = bool(question.wan) or (host.forwarding.get("ipv4", False) and bool(host.inward(wan)))
    if shared and not here:
        link = shared[0]
        detail = (
            f"{link.interface} has {link.address}, a shared address (RFC 6598): the provider translates it together with others"
        )
        remedy = "Ask the provider for a public IPv4 address of your own; no port can be forwarded to this one"
        return True, [Finding(PROVIDER_NAT, "The provider's NAT stands in front", ERROR, detail, remedy)]
    if not router or not outer:
        return None, []
    private = [link for link in outer if link.kind == addresses.PRIVATE]
    if len(private) < len(outer) or here:
        return False, []
    link = private[0]
    gateway = next((way.gateway for way in host.ways if way.interface == link.interface and way.family == "ipv4"), "")
    there = gateway or "the device in front"
    detail = f"{link.interface} has {link.address} ({link.kind}), and the public address is {public or 'another, unknown one'}"
    address = public or "the public address"
    remedy = (
        f"On {there}: switch to bridge mode, so that {address} is on this router. "
        f"Or, when {address} is routed to {link.address}, declare its presence as routed"
    )
    return True, [Finding(SECOND_NAT, "A second NAT stands in front", ERROR if public else WARNING, detail, remedy)]


def _compared(question: Question, names: Names) -> str | None:
    """The public address to compare with: of those that are declared, one that the host has to have on an interface."""
    own = (one.address for one in question.publics if not question.brought(one.address))
    return next(own, None) or question.public_address or next(iter(_outside(names.addresses)), None)


def _name(question: Question, names: Names) -> Iterator[Finding]:
    """Does the name lead to where the site says?"""
    if not question.name:
        return
    if names.fault:
        detail = f"asked {names.asked}: {names.fault}"
        remedy = "Publish it in the public zone, or ask another resolver (option resolver)"
        yield Finding(NAME, f"{question.name} was not resolved", ERROR, detail, remedy)
        return
    inner = tuple(one for one in names.addresses if addresses.classify(one) not in addresses.OUTSIDE)
    if inner:
        detail = f"asked {names.asked}: {_said(inner)}"
        remedy = "Ask a resolver outside the site (option resolver), or take the address out of the public zone"
        yield Finding(NAME, f"{question.name} leads to an address that only the inside knows", WARNING, detail, remedy)
    wanted, public = question.public_address, _outside(names.addresses)
    if wanted and public and wanted not in names.addresses:
        detail = f"asked {names.asked}: {', '.join(names.addresses)}; declared is {wanted}"
        yield Finding(NAME, f"{question.name} does not lead to {wanted}", ERROR, detail, f"Publish: {question.name}. A {wanted}")


def _ways(host: Host, wan: tuple[str, ...]) -> Iterator[Finding]:
    """Default routes, and what several of them do to answers."""
    four = [way for way in host.ways if way.family == "ipv4"]
    if not four:
        yield Finding(ROUTES, "There is no IPv4 default route", WARNING, "nothing outside can be reached, nor answered")
    for name in wan:
        if four and name not in {way.interface for way in four}:
            remedy = "Name the interface that leads outside, or give it a route"
            yield Finding(ROUTES, f"No default route leads out of {name}", WARNING, _listed(four), remedy)
    outward = tuple(dict.fromkeys((*wan, *(way.interface for way in four))))
    strict = [name for name in outward if host.rp_filter.get(name) == 1]
    if len(outward) > 1 and strict:
        detail = (
            f"{', '.join(outward)} lead outside; rp_filter is 1 on {', '.join(strict)}: what comes by the other one is dropped"
        )
        remedy = "\n".join(f"sysctl -w net.ipv4.conf.{name.replace('.', '/')}.rp_filter=2" for name in strict)
        yield Finding(REVERSE_PATH, "Strict reverse path filtering with several ways out", WARNING, detail, remedy)


def _listed(ways: list[Way]) -> str:
    return ", ".join(f"default via {way.gateway or 'link'} on {way.interface}" for way in ways)
