"""Questions to name servers as they cross a cable: read out of frames, and judged by whether a site may ask them."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DNS_PORT = 53
ETHERNET = 14
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
TCP, UDP = 6, 17
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR"}
TYPES |= {43: "DS", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS", 252: "AXFR", 251: "IXFR", 255: "ANY"}

# Names that mean something on every machine and concern nobody outside (RFC 6761, 6762, 7686, 8375, 9476).
SPECIAL = ("localhost", "local", "invalid", "test", "onion", "alt", "home.arpa", "internal")
# The reverse zones of addresses that are nobody's on the internet (RFC 6303).
PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "172.16.0.0/12", "::1/128", "fe80::/10", "fd00::/8")


@dataclass(frozen=True)
class Question:
    """One question as it left a host."""

    source_port: int
    protocol: str
    server: str
    name: str
    kind: str


def read(frame: bytes) -> Question | None:
    """The question that an Ethernet frame carries to port 53; None when there is none in it.

    Over TCP only a segment that begins with a message is read (RFC 1035, 4.2.2), which is how every resolver sends it.
    """
    kind, packet = frame[12:14], frame[ETHERNET:]
    try:
        if kind == IPV4:
            protocol, server, payload = packet[9], packet[16:20], packet[(packet[0] & 15) * 4 :]
        elif kind == IPV6:  # no extension headers: resolvers send none
            protocol, server, payload = packet[6], packet[24:40], packet[40:]
        else:
            return None
        if int.from_bytes(payload[2:4], "big") != DNS_PORT:
            return None
        if protocol == UDP:
            message = payload[8:]
        elif protocol == TCP:
            message = payload[(payload[12] >> 4) * 4 + 2 :]
        else:
            return None
        name, wanted = _asked(message)
    except (IndexError, ValueError):
        return None
    source = int.from_bytes(payload[:2], "big")
    return Question(source, "udp" if protocol == UDP else "tcp", str(ipaddress.ip_address(server)), name, wanted)


def _asked(message: bytes) -> tuple[str, str]:
    """Name and type of a query with one question; raises ValueError or IndexError for anything else."""
    if len(message) < 17 or message[2] & 0x80 or message[4:6] != b"\0\1":
        raise ValueError("not a query")
    labels, at = [], 12
    while length := message[at]:
        if length > 63:
            raise ValueError("a pointer in a question")
        labels.append(message[at + 1 : at + 1 + length])
        at += 1 + length
    number = int.from_bytes(message[at + 1 : at + 3], "big")
    text = b".".join(labels).decode("ascii", "backslashreplace").lower()
    return text or ".", TYPES.get(number, f"TYPE{number}")


def is_foreign(name: str, domains: Iterable[str], networks: Iterable[str]) -> bool:
    """Whether a name lies outside a site's own domains, the reverse zones of its networks, and the names that are nobody's.

    A single label is foreign too, except for the special ones: a resolver that sends it asks the root.
    """
    own = [*domains, *SPECIAL, *_reverse([*networks, *PRIVATE])]
    return not any(name == domain or name.endswith(f".{domain}") for domain in own)


def _reverse(networks: Iterable[str]) -> list[str]:
    """The reverse zones that hold a network: one where its prefix ends with a label, else one for each label it may end with."""
    zones = []
    for text in networks:
        network = ipaddress.ip_network(text)
        bits = 8 if network.version == 4 else 4
        whole = max(-(-network.prefixlen // bits), 1) * bits  # the next longer prefix that ends with a label
        for subnet in network.subnets(new_prefix=whole):
            pointer = subnet.network_address.reverse_pointer.split(".")
            zones.append(".".join(pointer[(subnet.max_prefixlen - whole) // bits :]))
    return zones


def summary(notes: Iterable[Mapping[str, Any]], domains: Collection[str], networks: Collection[str]) -> list[dict[str, Any]]:
    """The foreign names that were asked for, one row a host and name: how often, by whom as far as seen, when first and last.

    A note is a question with `host`, `time`, `uid` and `unit`; the last two are empty where the asker had gone already.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for note in notes:
        key = note["host"], note["name"]
        if key not in rows:
            if not is_foreign(note["name"], domains, networks):
                continue
            rows[key] = {"host": key[0], "name": key[1], "questions": 0, "first": note["time"]}
            rows[key] |= {part: set() for part in ("kinds", "servers", "uids", "units")}
        row = rows[key]
        row["questions"] += 1
        row["last"] = note["time"]
        for part, value in (("kinds", "kind"), ("servers", "server"), ("uids", "uid"), ("units", "unit")):
            row[part] |= {note[value]} - {""}
    return [{name: sorted(v) if isinstance(v, set) else v for name, v in rows[key].items()} for key in sorted(rows)]
