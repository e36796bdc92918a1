"""Warnings: what can be done and may surprise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .address_space import example_range, not_public
from .check_openings import public_of
from .model import Address, Ports, Public
from .rows import Intent, ServiceRow

#: A range of UDP ports wider than the dynamic ports (RFC 6335) is all but everything.
_WIDE = 16384
Publics = Sequence[tuple[str, Public]]


def _firewalls(intent: Intent) -> Iterator[tuple[str, str]]:
    for name in intent.router.foreign_firewalls:
        if name == "nftables_service":
            reason = "nftables_service reads a file that starts with flush ruleset, and a reload of it takes our table along"
            yield "router.foreign_firewalls", f"{reason}; onprem.chat.nat_ruleset sees to it that ours comes back"
        else:
            reason = f"{name} drops what it does not know, and no accept of ours overrides that"
            yield "router.foreign_firewalls", f"{reason}; onprem.chat.nat_probe on the router gives the exact lines that open it"


def _router(intent: Intent) -> Iterator[tuple[str, str]]:
    router = intent.router
    if len(router.wans) > 1:
        names = " and ".join(f"net.ipv4.conf.{name}.rp_filter=2" for name in sorted(wan.interface for _path, wan in router.wans))
        yield "router.wan", f"with several WANs a strict rp_filter drops what comes back by another one; set {names}"
    if not router.masquerade:
        private = [lan.network for _path, lan in router.lans if not_public(lan.address)]
        if private:
            reason = f"{private[0]} has no way back from the internet; only reserved addresses and forwards work"
            yield "router.masquerade", reason
    for path, wan in router.wans:
        why = not_public(wan.address)
        if why:
            words = f"{wan.address} {why}: a router before this one translates as well, and has to forward what is forwarded here"
            yield f"{path}.addresses", words


def _examples(intent: Intent, publics: Publics) -> Iterator[tuple[str, str]]:
    """Yield the first address of a documentation range; where one is, others are."""
    if intent.lab:
        return
    router = intent.router
    listed: list[tuple[str, Address]] = [
        *((f"{path}.addresses[{index}]", own.ip) for path, wan in router.wans for index, own in enumerate(wan.addresses)),
        *((f"{path}.address", public.address) for path, public in publics),
        *((f"{path}.network6", lan.network6.network_address) for path, lan in router.lans if lan.network6 is not None),
        *((f"{row.path}.host6", row.host6) for row in intent.services if row.host6 is not None),
    ]
    for path, address in listed:
        purpose = example_range(address)
        if purpose:
            yield path, f"{address} is set aside for {purpose} and reached from nowhere; say lab: true if this is a lab"
            break


def _shadows(row: ServiceRow, public: Public, served: dict[str, list[tuple[str, Ports]]]) -> Iterator[tuple[str, str]]:
    """Yield the openings that take a port away from the router itself."""
    for opening in row.openings:
        ports = opening.public
        if ports is None:
            continue
        for place, own in served.get(opening.protocol, ()):
            if ports.first <= own.last and own.first <= ports.last:
                both = Ports(max(ports.first, own.first), min(ports.last, own.last))
                reason = (
                    f"{opening.protocol} {both} of {public.address} leads to {row.host} and no longer to the router ({place})"
                )
                yield opening.path, f"{reason}; at its LAN addresses it still answers"


def _untranslated(intent: Intent) -> Iterator[tuple[str, str]]:
    """Yield what no translation carries (RFC 3715, section 2.1); by IPv6, where there is none, it is refused (check_service)."""
    for row in intent.services:
        ways = [(one.path, one.protocol) for one in row.openings] + [(one.path, one.protocol) for one in row.leaving]
        for path, protocol in ways:
            if protocol == "ah":
                reason = "ah signs the addresses (RFC 4302) and translation changes them, so the other end refuses every packet"
                yield path, f"{reason}; use esp in udp 4500 (RFC 3948)"


def _openings(intent: Intent, publics: Publics, prefix: str) -> Iterator[tuple[str, str]]:
    by_address = {public.address: public for _path, public in publics}
    served: dict[str, list[tuple[str, Ports]]] = {}
    for path, management in intent.router.management:
        served.setdefault(management.protocol, []).append((prefix + path, management.ports))
    for row in intent.services:
        address = public_of(row, publics)
        public = None if address is None or row.host is None else by_address.get(address)
        if row.profile == "apuppet" and "ice_ports" not in row.options:
            reason = "is not given, so every UDP port is open, as the guide of aPuppet asks; name the ports of its ICE"
            yield f"{row.path}.ice_ports", reason
        else:
            for opening in row.openings:
                ports = opening.private
                if opening.protocol == "udp" and ports is not None and ports.last - ports.first >= _WIDE:
                    reason = f"udp {ports} opens nearly every UDP port of {row.host or row.host6} to the outside; name fewer"
                    yield opening.path, reason
        if public is not None and served and public.presence in ("interface", "secondary"):
            yield from _shadows(row, public, served)


def warnings(intent: Intent, publics: Publics, prefix: str) -> tuple[str, ...]:
    """Return what can be done and may surprise, each with its path; the intent must be free of problems."""
    found = [*_router(intent), *_firewalls(intent), *_examples(intent, publics)]
    found += [*_untranslated(intent), *_openings(intent, publics, prefix)]
    return tuple(dict.fromkeys(f"{prefix}{path}: {reason}" for path, reason in found))
