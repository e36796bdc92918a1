"""What is forwarded in the measurements: N ports of one public address to a port each on hosts of one LAN."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any, NamedTuple

WAN, PUBLIC, FAR = "203.0.113.0/24", "203.0.113.10", "203.0.113.1"
NETWORK, ROUTER, FIRST_HOST = "10.0.0.0/16", "10.0.0.1", "10.0.1.0"
FIRST_PORT, PORTS_EACH = 1024, 50_000
EACH = 8  # ports of a service, as web, XMPP, STUN and TURN of one chat server have


class Wanted(NamedTuple):
    """One forward: a public port to a port of a host."""

    address: str
    public: int
    host: str
    private: int


def forwards(count: int, hosts: int = 1250) -> list[Wanted]:
    """Return forwards: 50,000 on each public address, in turns of EACH ports to so many hosts."""
    first_public, first_host = int(IPv4Address(PUBLIC)), int(IPv4Address(FIRST_HOST))
    found = []
    for number in range(count):
        turn, place = divmod(number // EACH, hosts)
        found.append(
            Wanted(
                str(IPv4Address(first_public + number // PORTS_EACH)),
                FIRST_PORT + number % PORTS_EACH,
                str(IPv4Address(first_host + place)),
                443 + turn * EACH + number % EACH,
            )
        )
    return found


def intent(wanted: list[Wanted], each: int = EACH) -> dict[str, Any]:
    """Return the same as an intent, with services of ``each`` ports."""
    publics = sorted({one.address for one in wanted} | {PUBLIC}, key=lambda text: int(IPv4Address(text)))
    return {
        "router": {
            "wan": [{"interface": "wan0", "addresses": [f"{PUBLIC}/24"], "gateway": FAR}],
            "lan": [{"interface": "lan0", "address": ROUTER, "network": NETWORK}],
            "public": [{"address": one, "presence": "interface" if one == PUBLIC else "secondary"} for one in publics],
            "management": [{"protocol": "tcp", "ports": [22], "sources": [NETWORK]}],
        },
        "services": [_service(number, wanted[number : number + each]) for number in range(0, len(wanted), each)],
    }


def _service(number: int, ports: list[Wanted]) -> dict[str, Any]:
    return {
        "name": f"service_{number}",
        "host": ports[0].host,
        "public_address": ports[0].address,
        "ports": [{"protocol": "tcp", "public": one.public, "private": one.private} for one in ports],
    }
