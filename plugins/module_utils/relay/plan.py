# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay as the rows of coturn's settings and as the sets of the fence that the kernel keeps around it.

The fence says the same as coturn's own lists a second time, of every packet, and what those lists cannot say: of this host's own
addresses a relayed address may reach relayed ones alone, not the services beside the relay.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from .model import Relay
from .ranges import excepted, refused

#: Fixed: one relay on a host, no second protocol to rule it by, no words about what it is.
_ALWAYS = (
    "fingerprint",
    "use-auth-secret",
    "stale-nonce=600",
    "no-cli",
    "no-dtls",
    "no-multicast-peers",
    "no-rfc5780",
    "no-software-attribute",
    "no-stun-backward-compatibility",
    "no-tcp-relay",
    "no-tlsv1",
    "no-tlsv1_1",
    "response-origin-only-with-rfc5780",
    "no-dynamic-ip-list",
    "no-dynamic-realms",
    "cipher-list=ECDHE+AESGCM:ECDHE+CHACHA20",
    "log-file=stdout",
    "simple-log",
)
#: From ::1 on: in coturn's comparison a range that begins with :: begins before everything, IPv4 as well.
_ALL_OF_IPV6 = "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


@dataclass(frozen=True)
class Plan:
    """Lines of coturn's settings without secrets and paths; networks of the fence."""

    settings: tuple[str, ...]
    refused: tuple[str, ...]
    excepted: tuple[str, ...]


def compute(relay: Relay) -> Plan:
    """The plan of a relay; the order of its rows depends on nothing but the relay."""
    closed, opened = refused(relay), excepted(relay)
    lines = (
        f"realm={relay.name}",
        f"server-name={relay.name}",
        f"listening-ip={relay.address}",
        f"relay-ip={relay.address}",
        *((f"external-ip={relay.public}/{relay.address}",) if relay.public else ()),
        f"listening-port={relay.port}",
        f"tls-listening-port={relay.tls_port}",
        f"min-port={relay.ports[0]}",
        f"max-port={relay.ports[1]}",
        f"user-quota={relay.user_quota}",
        f"total-quota={relay.total_quota}",
        *((f"max-bps={relay.max_bps}",) if relay.max_bps else ()),
        *_ALWAYS,
        # its own address: from one relayed address to another
        f"allowed-peer-ip={relay.address}",
        *(f"allowed-peer-ip={_span(network)}" for network in opened),
        *(f"denied-peer-ip={_span(network)}" for network in closed),
        f"denied-peer-ip={_ALL_OF_IPV6}",
    )
    return Plan(lines, tuple(map(str, closed)), tuple(map(str, opened)))


def _span(network: IPv4Network) -> str:
    return f"{network[0]}-{network[-1]}"
