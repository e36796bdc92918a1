"""Render: what a host lets in as the text of one nftables table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from ..forwarding.model import WITH_PORTS, Ports
from .model import Host, Row

TABLE = "inet onprem_host"
HEADING = "# Rendered by onprem.chat.host_rules; changes are lost."
#: A drop at a chain of any priority is the last word, an accept only at its own.
_HOOK = "type filter hook input priority filter; policy accept;"
#: What a host needs to be one, whatever it offers: errors and echo of ICMP, neighbours and routers of IPv6, answers of DHCP.
_ALWAYS = (
    "meta l4proto { icmp, ipv6-icmp } accept",
    "udp sport 67 udp dport 68 accept",
    "udp sport 547 udp dport 546 accept",
)


def _merged(ports: Iterable[Ports]) -> list[Ports]:
    """Return ranges that neither overlap nor touch."""
    found: list[Ports] = []
    for one in sorted(ports):
        if found and one.first <= found[-1].last + 1:
            found[-1] = Ports(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return found


def _several(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else "{ " + ", ".join(texts) + " }"


def _what(row: Row) -> str:
    """Return the match of a row's protocol and ports."""
    ports = _merged(row.ports)
    if row.protocol not in WITH_PORTS or not ports or ports == [Ports(1, 65535)]:
        return f"meta l4proto {row.protocol}"
    return f"{row.protocol} dport {_several([str(one) for one in ports])}"


def _who(row: Row) -> list[str]:
    """Return the matches of a row's sources, one for each family; one that matches everybody when there are none."""
    if not row.sources:
        return [""]
    four = [one for one in row.sources if isinstance(one, IPv4Network)]
    six = [one for one in row.sources if isinstance(one, IPv6Network)]
    found = []
    for family, number, networks in (("ip", 4, collapse_addresses(four)), ("ip6", 6, collapse_addresses(six))):
        texts = [str(one.network_address) if one.num_addresses == 1 else str(one) for one in networks]
        if any(text.endswith("/0") for text in texts):
            found.append(f"meta nfproto ipv{number} ")
        elif texts:
            found.append(f"{family} saddr {_several(texts)} ")
    return found


def _rules(host: Host) -> Iterator[str]:
    yield 'iifname "lo" accept'
    yield "ct state established,related accept"
    if host.others == "drop":
        yield from _ALWAYS
    yield from (f"{who}{_what(row)} accept" for row in host.rows for who in _who(row))
    if host.others == "drop":
        yield "drop"
    else:
        yield from dict.fromkeys(f"{_what(row)} drop" for row in host.rows if row.sources)


def render(host: Host) -> str:
    """Return the file: what was there is replaced in the same transaction, also when nothing was."""
    lines = [HEADING, f"table {TABLE}", f"delete table {TABLE}", f"table {TABLE} {{", "\tchain oh_input {", f"\t\t{_HOOK}"]
    lines += [f"\t\t{rule}" for rule in dict.fromkeys(_rules(host))]
    return "\n".join([*lines, "\t}", "}", ""])
