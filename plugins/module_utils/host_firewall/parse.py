"""Parse: from raw rows to what a host lets in; what is wrong is said at once, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from ..forwarding.model import WITH_PORTS, Network, Ports
from ..forwarding.reader import Reader
from ..forwarding.rows import Sources
from ..intent.error import Problems
from .error import HostFirewallError
from .model import OTHERS, Host, Row

_ALL4, _ALL6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")
_KEYS = ("protocol", "ports", "sources", "comment")


def _ports(reader: Reader, path: str, protocols: tuple[str, ...], value: Any) -> tuple[Ports, ...]:
    if value is None:
        return ()
    if protocols and protocols[0] not in WITH_PORTS:
        reader.problems.add(path, f"{protocols[0]} has no ports; leave it out")
        return ()
    return reader.port_list(path, value)


def _sources(found: Sources) -> tuple[Network, ...]:
    """Return the networks of both families; none when anybody may come in."""
    families: list[tuple[tuple[Network, ...] | None, Network]] = [(found.ipv4, _ALL4), (found.ipv6, _ALL6)]
    if all(networks == () for networks, _everybody in families):
        return ()
    return tuple(one for networks, everybody in families if networks is not None for one in networks or (everybody,))


def _row(reader: Reader, path: str, given: Mapping[str, Any]) -> list[Row]:
    protocols = reader.protocols(f"{path}.protocol", given["protocol"])
    ports = _ports(reader, f"{path}.ports", protocols, given.get("ports"))
    sources = reader.sources(f"{path}.sources", given.get("sources"))
    if given.get("comment") is not None:
        reader.comment(f"{path}.comment", given["comment"])
    return [Row(protocol, ports, _sources(sources)) for protocol in protocols]


def parse(rows: Any, others: Any, management: Any = None, prefix: str = "") -> Host:
    """Return what a host lets in.

    ``rows`` is a list of mappings: ``protocol`` (tcp, udp, tcp+udp, esp, ah, gre), ``ports`` (a port, a range or a list; left
    out: all of them), ``sources`` (any, or networks and addresses), ``comment`` for people. ``management`` are more of them, for
    who keeps the host. ``others`` is one of model.OTHERS. ``prefix`` stands before every path of an error. Raises
    HostFirewallError with every problem.
    """
    problems = Problems(prefix)
    reader = Reader(problems)
    chosen = reader.choice("others", others, OTHERS, "choice")
    lists = (("management", management), ("rows", rows))
    places = [place for name, value in lists for place in reader.rows(name, value, _KEYS, ("protocol",))]
    found = [row for path, given in places for row in _row(reader, path, given)]
    problems.raise_any(HostFirewallError)
    return Host(tuple(found), chosen or "")
