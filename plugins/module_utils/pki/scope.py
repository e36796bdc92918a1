# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

from .error import PkiError
from .names import Names, parse_dns_name

IPNetwork = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

EVERY_ADDRESS: tuple[IPNetwork, ...] = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))


@dataclass(frozen=True)
class Subtrees:
    """Name constraints of RFC 5280 section 4.2.1.10 in the words of that section."""

    permitted_dns: tuple[str, ...]
    permitted_hosts: tuple[str, ...]
    """Hosts of mail addresses and URIs: the host itself, and with a leading dot all below it."""
    permitted_addresses: tuple[IPNetwork, ...]
    excluded_addresses: tuple[IPNetwork, ...]

    def texts(self) -> tuple[str, ...]:
        """One line a subtree, for people and for comparing with an earlier certificate."""
        return (
            *(f"permitted DNS:{name}" for name in self.permitted_dns),
            *(f"permitted email:{host}" for host in self.permitted_hosts),
            *(f"permitted URI:{host}" for host in self.permitted_hosts),
            *(f"permitted IP:{network}" for network in self.permitted_addresses),
            *(f"excluded IP:{network}" for network in self.excluded_addresses),
        )


@dataclass(frozen=True)
class Scope:
    """What the CA may speak for: one domain, further ones if need be, and the site's networks."""

    domain: str
    networks: tuple[IPNetwork, ...]
    further: tuple[str, ...] = ()

    @classmethod
    def parse(cls, domain: str, networks: Iterable[str], further: Iterable[str] = ()) -> Scope:
        """Check domains and networks (CIDR); overlapping and neighbouring networks become one."""
        faults: list[str] = []
        good: list[IPNetwork] = []
        domains: list[str] = []
        for path, name in [("domain", domain), *((f"further_domains[{i}]", name) for i, name in enumerate(further))]:
            try:
                domains.append(parse_dns_name(name, path))
            except PkiError as error:
                faults.extend(error.faults)
        for i, text in enumerate(networks):
            try:
                good.append(_parse_network(text, f"networks[{i}]"))
            except PkiError as error:
                faults.extend(error.faults)
        if faults:
            raise PkiError(faults)
        merged: list[IPNetwork] = []
        merged += ipaddress.collapse_addresses(n for n in good if isinstance(n, ipaddress.IPv4Network))
        merged += ipaddress.collapse_addresses(n for n in good if isinstance(n, ipaddress.IPv6Network))
        return cls(domains[0], tuple(merged), tuple(sorted(set(domains[1:]) - {domains[0]})))

    @property
    def domains(self) -> tuple[str, ...]:
        """All domains, the site's own first."""
        return (self.domain, *self.further)

    def outside(self, names: Names) -> tuple[str, ...]:
        """The faults of names that this CA must not certify."""
        faults = []
        for name in names.dns:
            plain = name.removeprefix("*.")
            if not any(plain == domain or plain.endswith("." + domain) for domain in self.domains):
                faults.append(f"{name} is outside the domain {' and '.join(self.domains)}")
        for address in names.addresses:
            if not any(address in network for network in self.networks):
                known = ", ".join(str(network) for network in self.networks) or "none is given"
                faults.append(f"{address} is outside the networks ({known})")
        return tuple(faults)

    def subtrees(self) -> Subtrees:
        """The name constraints of this scope.

        A kind of name that no subtree names is not constrained at all, so each kind gets one: mail and URI hosts are held
        to the domains, and an address family without a network of its own is excluded as a whole.
        """
        families = {network.version for network in self.networks}
        return Subtrees(
            permitted_dns=self.domains,
            permitted_hosts=tuple(host for domain in self.domains for host in (domain, "." + domain)),
            permitted_addresses=self.networks,
            excluded_addresses=tuple(every for every in EVERY_ADDRESS if every.version not in families),
        )


def _parse_network(text: str, path: str) -> IPNetwork:
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise PkiError(f"{path}: {text!r} is not a network: {error}") from None
    if network.prefixlen == 0:
        raise PkiError(f"{path}: {text} is every address there is: name the networks of the site")
    return network
