"""What the pages of the products say must pass, written out a second time, and beside each flow one that must not.

A flow is a protocol, a destination and a port (0 without ports). ``inward`` has the asker's address first, ``outward`` a name.
"""

from __future__ import annotations

from dataclasses import dataclass

POOL, REMOTE, STRANGER = "198.51.100.200", "203.0.113.200", "203.0.113.66"  # two addresses of one host, and another host
LOOKUP, OEM = "198.51.100.53", "198.51.100.54"
WAN = "203.0.113.10"


@dataclass(frozen=True)
class Case:
    """One service of site.yml.

    ``inward`` and ``shut`` are (asker, protocol, port) at its public address; ``outward`` and ``kept`` (destination, protocol,
    port) from its host, which is seen as ``leaves``. ``shut`` and ``kept`` must fail though somebody answers there.
    """

    service: str
    public: str = WAN
    leaves: str = WAN
    inward: tuple[tuple[str, str, int], ...] = ()
    shut: tuple[tuple[str, str, int], ...] = ()
    outward: tuple[tuple[str, str, int], ...] = ()
    kept: tuple[tuple[str, str, int], ...] = ()


def _office2(service: str, public: str) -> Case:
    flows = (("tcp", 9555), ("tcp", 500), ("udp", 500))
    return Case(
        service,
        public,
        public,
        inward=tuple((POOL, *flow) for flow in flows),
        shut=(*((REMOTE, *flow) for flow in flows), (POOL, "tcp", 9556), (POOL, "tcp", 501), (POOL, "udp", 501)),
        outward=(*((LOOKUP, *flow) for flow in flows), (STRANGER, "tcp", 9555)),
        kept=((LOOKUP, "tcp", 9556), (LOOKUP, "tcp", 501), (LOOKUP, "udp", 501), (LOOKUP, "udp", 9555)),
    )


CASES = (
    Case(
        "web",
        inward=((REMOTE, "tcp", 80), (STRANGER, "tcp", 443)),
        shut=((REMOTE, "tcp", 81), (REMOTE, "tcp", 444), (REMOTE, "udp", 443)),
        kept=((STRANGER, "tcp", 443),),
    ),
    Case(
        "native",
        inward=((REMOTE, "tcp", 5222), (POOL, "tcp", 5223)),
        shut=((REMOTE, "tcp", 5221), (REMOTE, "tcp", 5224), (REMOTE, "udp", 5222)),
        kept=((STRANGER, "tcp", 5222),),
    ),
    Case(
        "relay",
        "203.0.113.21",
        inward=(
            *((REMOTE, "udp", 3478), (REMOTE, "tcp", 3478), (STRANGER, "tcp", 5349)),
            *((REMOTE, "udp", 49152), (STRANGER, "udp", 57344), (REMOTE, "udp", 65535)),
        ),
        shut=(
            *((REMOTE, "udp", 3479), (REMOTE, "tcp", 3479), (REMOTE, "tcp", 5350), (REMOTE, "udp", 5349)),
            *((REMOTE, "udp", 49151), (REMOTE, "tcp", 49152)),
        ),
        outward=((LOOKUP, "udp", 12345), (STRANGER, "udp", 500)),
        kept=((LOOKUP, "tcp", 443), (LOOKUP, "tcp", 12345)),
    ),
    Case(
        "gateway3",
        shut=((REMOTE, "udp", 9555), (REMOTE, "tcp", 9557)),
        outward=(
            *((LOOKUP, "tcp", 9555), (OEM, "tcp", 9555), (LOOKUP, "tcp", 5222)),
            *((LOOKUP, "udp", 500), (STRANGER, "udp", 12345)),
        ),
        kept=(
            *((LOOKUP, "tcp", 9556), (OEM, "tcp", 9556), (LOOKUP, "tcp", 5223)),
            *((OEM, "tcp", 5222), (STRANGER, "tcp", 9555), (LOOKUP, "esp", 0), (LOOKUP, "tcp", 443)),
        ),
    ),
    Case(
        "client3",
        outward=((LOOKUP, "tcp", 9555), (LOOKUP, "tcp", 5222), (STRANGER, "udp", 12345)),
        kept=((LOOKUP, "tcp", 9556), (LOOKUP, "tcp", 5223), (OEM, "tcp", 9555), (STRANGER, "tcp", 5222), (LOOKUP, "esp", 0)),
    ),
    _office2("gateway2", WAN),
    _office2("reserved2", "203.0.113.22"),
    Case(
        "tunnelled1",
        "203.0.113.23",
        inward=((REMOTE, "udp", 500), (REMOTE, "esp", 0), (POOL, "esp", 0)),
        shut=((REMOTE, "udp", 501), (REMOTE, "tcp", 500), (REMOTE, "udp", 4500), (REMOTE, "gre", 0)),
        kept=((LOOKUP, "udp", 500), (LOOKUP, "esp", 0)),
    ),
    Case(
        "gateway1",
        "203.0.113.24",
        inward=((REMOTE, "udp", 500), (POOL, "udp", 500)),
        shut=((REMOTE, "udp", 501), (REMOTE, "tcp", 500), (REMOTE, "esp", 0)),
        kept=((LOOKUP, "udp", 500),),
    ),
    Case(
        "desk_of_all_ports",
        "203.0.113.25",
        inward=(
            *((REMOTE, "tcp", 80), (REMOTE, "tcp", 443)),
            *((REMOTE, "udp", 1), (STRANGER, "udp", 12345), (REMOTE, "udp", 65535)),
        ),
        shut=((REMOTE, "tcp", 81), (REMOTE, "tcp", 444), (REMOTE, "tcp", 12345)),
        outward=((LOOKUP, "udp", 12345), (STRANGER, "udp", 65535)),
        kept=((LOOKUP, "tcp", 443),),
    ),
    Case(
        "desk_narrowed",
        "203.0.113.26",
        inward=(
            (REMOTE, "tcp", 80),
            (REMOTE, "tcp", 443),
            (REMOTE, "udp", 50000),
            (STRANGER, "udp", 50005),
            (REMOTE, "udp", 50010),
        ),
        shut=((REMOTE, "tcp", 444), (REMOTE, "udp", 49999), (REMOTE, "udp", 50011), (REMOTE, "tcp", 50000)),
        outward=((STRANGER, "udp", 12345),),
        kept=((STRANGER, "tcp", 80),),
    ),
    Case(
        "webrtc",
        outward=((POOL, "tcp", 443), (POOL, "tcp", 80)),
        kept=((POOL, "tcp", 444), (POOL, "udp", 443), (POOL, "udp", 3478), (LOOKUP, "tcp", 443)),
    ),
)
