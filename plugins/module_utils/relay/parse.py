# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables as a relay; the only place that sees them raw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import Any

from .model import Relay, RelayError
from .ranges import NEVER, holds

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
#: What a file of settings and an environment carry as they are.
_SECRET = re.compile(r"[A-Za-z0-9+/=._~-]{16,255}")
#: What a unit of systemd takes as one word.
_PATH = re.compile(r"/[\w./@:+,=-]+", re.ASCII)
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_FIRST = 1024


class Reader:
    """Takes one variable after the other and keeps what is wrong with them."""

    def __init__(self, given: Mapping[str, Any], prefix: str) -> None:
        self.given = given
        self.prefix = prefix
        self.errors: list[str] = []

    def wrong(self, option: str, words: str) -> None:
        self.errors.append(f"{self.prefix}{option}: {words}")

    def address(self, option: str) -> IPv4Address | None:
        text = str(self.given.get(option) or "")
        try:
            return IPv4Address(text) if text else None
        except ValueError:
            self.wrong(option, f"{text} is not an IPv4 address, such as 192.168.1.31")
            return None

    def number(self, option: str, least: int, most: int, what: str) -> int:
        value = self.given.get(option)
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,12}", str(value)) or not least <= int(str(value)) <= most:
            self.wrong(option, f"{value} is not {what} ({least}-{most})")
            return least
        return int(str(value))

    def networks(self, option: str, six: bool = False) -> tuple[IPv4Network, ...]:
        """Networks of IPv4; those of IPv6 are passed over where they may be named (C(six))."""
        listed = self.given.get(option) or []
        if not isinstance(listed, (list, tuple)):
            self.wrong(option, "is not a list of networks, such as [192.168.1.0/24]")
            return ()
        found = [self._network(f"{option}[{at}]", str(text), six) for at, text in enumerate(listed)]
        return tuple(one for one in found if one)

    def _network(self, place: str, text: str, six: bool) -> IPv4Network | None:
        try:
            network = ip_network(text)
        except ValueError as reason:
            self.wrong(place, f"{reason}; write an address or a network, such as 192.168.1.0/24")
            return None
        if isinstance(network, IPv6Network):
            if not six:
                self.wrong(place, f"{text} is IPv6, and this relay leads to IPv4 addresses alone; leave it out")
            return None
        return network


def parse(given: Mapping[str, Any], prefix: str = "turn_relay_") -> Relay:
    """The relay of the role's variables (names without C(prefix)); raises L(RelayError) with everything that is wrong."""
    reader = Reader(given, prefix)
    name = str(given.get("name") or "")
    if not _NAME.fullmatch(name):
        reader.wrong("name", f"{name or 'nothing'} is not the full name of a host in lower case, such as turn.example.com")
    address = reader.address("address")
    if not given.get("address"):
        reader.wrong("address", "say which address of this host the relay listens on")
    relay = Relay(
        name=name,
        address=address or IPv4Address(0),
        public=reader.address("public_address"),
        port=reader.number("port", 1, 65535, "a port"),
        tls_port=reader.number("tls_port", 1, 65535, "a port"),
        ports=_ports(reader),
        networks=reader.networks("networks", six=True),
        allowed=reader.networks("allowed_peers"),
        denied=reader.networks("denied_peers", six=True),
        user_quota=reader.number("user_quota", 1, 65535, "a number of addresses"),
        total_quota=reader.number("total_quota", 1, 65535, "a number of addresses"),
        max_bps=reader.number("max_bps", 0, 10**10, "a number of bytes a second"),
    )
    _secrets(reader)
    _certificate(reader)
    if not reader.errors:
        _check(reader, relay)
    if reader.errors:
        raise RelayError(reader.errors)
    return relay


def _ports(reader: Reader) -> tuple[int, int]:
    text = str(reader.given.get("ports"))
    found = _RANGE.fullmatch(text)
    first, last = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    if not _FIRST <= first <= last <= 65535:
        reader.wrong("ports", f"{text} is not a range of ports from {_FIRST} on, such as 49152-65535")
        return _FIRST, 65535
    return first, last


def _secrets(reader: Reader) -> None:
    """Never says what they are."""
    words = "at least 16 characters are needed, and only letters, digits and + / = . _ ~ -"
    secret, old = str(reader.given.get("secret") or ""), reader.given.get("old_secrets") or []
    if secret and not _SECRET.fullmatch(secret):
        reader.wrong("secret", words)
    if not isinstance(old, (list, tuple)):
        reader.wrong("old_secrets", "is not a list")
        return
    for at, one in enumerate(old):
        if not _SECRET.fullmatch(str(one)):
            reader.wrong(f"old_secrets[{at}]", words)


def _certificate(reader: Reader) -> None:
    text, path = reader.given.get("certificate"), reader.given.get("chain_path")
    if not text and not path:
        reader.wrong("certificate", f"is needed where {reader.prefix}chain_path names no file that somebody else keeps")
    if text and path:
        reader.wrong("certificate", f"has no use beside {reader.prefix}chain_path; leave one of the two out")
    for option in ("chain_path", "key_path"):
        value = reader.given.get(option)
        if value and not _PATH.fullmatch(str(value)):
            reader.wrong(option, f"{value} is not an absolute path in one word, such as /etc/ssl/turn.example.com.pem")


def _check(reader: Reader, relay: Relay) -> None:
    """What does not fit together."""
    for option, value in (("address", relay.address), ("public_address", relay.public)):
        if value is not None and holds(NEVER, value):
            reader.wrong(option, f"{value} cannot be the address of a relay")
    if relay.public == relay.address:
        reader.wrong("public_address", f"{relay.public} is {reader.prefix}address; leave it empty where nothing translates it")
    if relay.port == relay.tls_port:
        reader.wrong("tls_port", f"{relay.tls_port} is {reader.prefix}port; TLS needs a port of its own")
    first, last = relay.ports
    for option, port in (("port", relay.port), ("tls_port", relay.tls_port)):
        if first <= port <= last:
            reader.wrong(option, f"{port} is one of {reader.prefix}ports, {first}-{last}")
    if relay.total_quota > last - first + 1:
        reader.wrong("total_quota", f"{relay.total_quota} are more than {reader.prefix}ports has ({last - first + 1})")
    if relay.user_quota > relay.total_quota:
        reader.wrong("user_quota", f"{relay.user_quota} are more than {reader.prefix}total_quota ({relay.total_quota})")
    for network in relay.allowed:
        never = next((one for one in NEVER if network.overlaps(one)), None)
        if never:
            reader.wrong("allowed_peers", f"{network} is refused whatever is declared ({never})")
