# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

from .error import PkiError

IPAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def parse_dns_name(text: str, path: str, wildcard: bool = False) -> str:
    """Give a DNS name in lower case without its final dot (RFC 1123 host names; C(*.) in front where allowed).

    Raises :class:`PkiError` with the path when it is none.
    """
    name = text.strip().lower().removesuffix(".")
    if not name.isascii():
        raise PkiError(f"{path}: {text} is not ASCII: write it as {_a_label(name)}")
    labels = name.split(".")
    if wildcard and labels[0] == "*" and len(labels) > 2:
        labels = labels[1:]
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise PkiError(f"{path}: {text!r} is not a DNS name: use letters, digits and hyphens between the dots")
    if labels[-1].isdigit():
        raise PkiError(f"{path}: {text!r} ends in a number, so it is no DNS name: addresses belong in the addresses")
    return name


def _a_label(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return "a name of letters, digits and hyphens"


def parse_address(text: str, path: str) -> IPAddress:
    """Give an IPv4 or IPv6 address that a server can have."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise PkiError(f"{path}: {text!r} is not an IP address") from None
    if address.is_unspecified or address.is_multicast or getattr(address, "scope_id", None):
        raise PkiError(f"{path}: {text} cannot be the address of a server")
    return address


@dataclass(frozen=True)
class Names:
    """What a certificate is for: DNS names and addresses, each once, in a fixed order; never empty."""

    dns: tuple[str, ...]
    addresses: tuple[IPAddress, ...]

    @classmethod
    def parse(cls, dns: Iterable[str], addresses: Iterable[str], path: str) -> Names:
        """Check and sort raw names; C(path) leads each fault, which are raised together."""
        faults: list[str] = []
        good_dns: set[str] = set()
        good_addresses: set[IPAddress] = set()
        for i, text in enumerate(dns):
            try:
                good_dns.add(parse_dns_name(text, f"{path}dns_names[{i}]", wildcard=True))
            except PkiError as error:
                faults.extend(error.faults)
        for i, text in enumerate(addresses):
            try:
                good_addresses.add(parse_address(text, f"{path}addresses[{i}]"))
            except PkiError as error:
                faults.extend(error.faults)
        if not (faults or good_dns or good_addresses):
            faults.append(f"{path}dns_names: a certificate needs at least one DNS name or address")
        if faults:
            raise PkiError(faults)
        return cls(tuple(sorted(good_dns)), tuple(sorted(good_addresses, key=lambda a: (a.version, a))))

    def address_texts(self) -> tuple[str, ...]:
        """The addresses as they are written."""
        return tuple(str(address) for address in self.addresses)

    def text(self) -> str:
        """All names in one line: C(DNS:a, IP:b)."""
        return ", ".join([f"DNS:{name}" for name in self.dns] + [f"IP:{address}" for address in self.addresses])
