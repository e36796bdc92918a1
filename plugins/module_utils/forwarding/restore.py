"""Restore: a plan from the plain data that serial.to_data made of it, on its way through JSON and somebody's hands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_interface, ip_network
from typing import Any, Callable, TypeVar

from ..intent.error import Problem
from .error import ForwardingError
from .model import (
    EGRESS_POLICIES,
    MAPPINGS,
    PRESENCES,
    WITH_PORTS,
    WITHOUT_PORTS,
    Egress,
    Forward,
    Lan,
    Management,
    OneToOne,
    Pinhole,
    Plan,
    Ports,
    Public,
    Wan,
)

_Value = TypeVar("_Value")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", re.ASCII)
_SERVICE = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}", re.ASCII)
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)
_PROTOCOLS = (*WITH_PORTS, *WITHOUT_PORTS)


class _Row:
    """Takes the values of one row of data by key; a value that cannot be raises ValueError, as ipaddress does."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data

    def one(self, key: str, to: Callable[[str], _Value]) -> _Value:
        value = self.data[key]
        if not isinstance(value, str):
            raise ValueError(f"{key} is no text")
        return to(value)

    def maybe(self, key: str, to: Callable[[str], _Value]) -> _Value | None:
        return None if self.data[key] is None else self.one(key, to)

    def many(self, key: str, to: Callable[[str], _Value]) -> tuple[_Value, ...]:
        values = self.data[key]
        if not isinstance(values, (list, tuple)) or not all(isinstance(value, str) for value in values):
            raise ValueError(f"{key} is no list of texts")
        return tuple(to(value) for value in values)

    def truth(self, key: str) -> bool:
        if not isinstance(self.data[key], bool):
            raise ValueError(f"{key} is neither true nor false")
        return bool(self.data[key])

    def word(self, key: str, known: tuple[str, ...]) -> str:
        for one in known:
            if self.data[key] == one:
                return one
        raise ValueError(f"{self.data[key]!r} is no {key}")

    def spelt(self, key: str, form: re.Pattern[str]) -> str:
        found = form.fullmatch(self.data[key]) if isinstance(self.data[key], str) else None
        if found is None:
            raise ValueError(f"{self.data[key]!r} is no {key}")
        return found.group()


def _ports(text: str) -> Ports:
    found = _PORTS.fullmatch(text)
    first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise ValueError(f"{text!r} are no ports")
    return Ports(first, last)


def _wan(row: _Row) -> Wan:
    return Wan(row.spelt("interface", _INTERFACE), row.many("addresses", ip_interface), row.maybe("gateway", IPv4Address))


def _lan(row: _Row) -> Lan:
    return Lan(
        interface=row.spelt("interface", _INTERFACE),
        address=row.one("address", IPv4Address),
        network=row.one("network", IPv4Network),
        address6=row.maybe("address6", IPv6Address),
        network6=row.maybe("network6", IPv6Network),
    )


def _public(row: _Row) -> Public:
    return Public(row.one("address", IPv4Address), row.word("presence", PRESENCES), row.spelt("wan", _INTERFACE))


def _management(row: _Row) -> Management:
    return Management(row.word("protocol", WITH_PORTS), row.one("ports", _ports), row.many("sources", ip_network))


def _forward(row: _Row) -> Forward:
    protocol = row.word("protocol", _PROTOCOLS)
    public, private = row.maybe("public_ports", _ports), row.maybe("private_ports", _ports)
    if (protocol in WITH_PORTS) != (public is not None) or (public is None) != (private is None):
        raise ValueError(f"{protocol} has the wrong ports")
    if public != private and not (public and private and public.single and private.single):
        raise ValueError(f"{public} cannot lead to {private}")
    return Forward(
        service=row.spelt("service", _SERVICE),
        mapping=row.word("mapping", MAPPINGS),
        protocol=protocol,
        public=row.one("public", IPv4Address),
        public_ports=public,
        host=row.one("host", IPv4Address),
        private_ports=private,
        sources=row.many("sources", IPv4Network),
        hairpin=row.truth("hairpin"),
        lan=row.spelt("lan", _INTERFACE),
    )


def _one_to_one(row: _Row) -> OneToOne:
    public, host = row.one("public", IPv4Address), row.one("host", IPv4Address)
    return OneToOne(row.spelt("service", _SERVICE), public, host, row.spelt("lan", _INTERFACE))


def _egress(row: _Row) -> Egress:
    protocol = row.word("protocol", _PROTOCOLS)
    ports = row.maybe("ports", _ports) if protocol in WITH_PORTS else None
    return Egress(
        service=row.spelt("service", _SERVICE),
        source=row.one("source", ip_network),
        protocol=protocol,
        to=row.maybe("to", ip_network),
        name=None if row.data["name"] is None else row.spelt("name", _NAME),
        ports=ports,
        lan=row.spelt("lan", _INTERFACE),
    )


def _pinhole(row: _Row) -> Pinhole:
    protocol = row.word("protocol", _PROTOCOLS)
    ports = row.maybe("ports", _ports)
    if (protocol in WITH_PORTS) != (ports is not None):
        raise ValueError(f"{protocol} has the wrong ports")
    return Pinhole(
        service=row.spelt("service", _SERVICE),
        protocol=protocol,
        host=row.one("host", IPv6Address),
        ports=ports,
        sources=row.many("sources", IPv6Network),
        lan=row.spelt("lan", _INTERFACE),
    )


def _rows(data: Mapping[str, Any], key: str, to: Callable[[_Row], _Value]) -> tuple[_Value, ...]:
    """Return the rows of a list of the plan; raises ForwardingError with the place of the first that cannot be."""
    found = []
    for index, item in enumerate(data[key]):
        try:
            found.append(to(_Row(item)))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise ForwardingError([Problem(f"plan.{key}[{index}]", reason)]) from None
    return tuple(found)


def from_data(data: Mapping[str, Any]) -> Plan:
    """Return the plan that ``data`` was made of; raises ForwardingError when it is not the data of one.

    Names, ports and addresses are looked at as closely as those of an intent; whether the rows fit each other is not asked again.
    """
    try:
        row = _Row(data)
        plan = Plan(
            wans=_rows(data, "wans", _wan),
            lans=_rows(data, "lans", _lan),
            publics=_rows(data, "publics", _public),
            management=_rows(data, "management", _management),
            masquerade=row.truth("masquerade"),
            egress_policy=row.word("egress_policy", EGRESS_POLICIES),
            forwards=_rows(data, "forwards", _forward),
            one_to_one=_rows(data, "one_to_one", _one_to_one),
            egress=_rows(data, "egress", _egress),
            pinholes=_rows(data, "pinholes", _pinhole),
            warnings=row.many("warnings", str),
        )
    except ForwardingError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise ForwardingError([Problem("plan", reason)]) from None
    if not all(any(own.version == 4 for own in wan.addresses) for wan in plan.wans):
        raise ForwardingError([Problem("plan.wans", "each needs an IPv4 address")])
    return plan
