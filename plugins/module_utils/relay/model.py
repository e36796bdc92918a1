# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay for calls as it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network


class RelayError(Exception):
    """The one error root: every message is "where: what is wrong and what to do"."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class Relay:
    """One relay. C(public) is None where no router stands before it; C(ports) are the first and the last that it relays from."""

    name: str
    address: IPv4Address
    public: IPv4Address | None
    port: int
    tls_port: int
    ports: tuple[int, int]
    networks: tuple[IPv4Network, ...] = ()
    allowed: tuple[IPv4Network, ...] = ()
    denied: tuple[IPv4Network, ...] = ()
    user_quota: int = 0
    total_quota: int = 0
    max_bps: int = 0
