"""The plan as plain data that JSON can hold, and back: what one module returns and another one takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .model import Egress, Forward, Lan, Management, OneToOne, Pinhole, Plan, Public, Wan
from .restore import from_data

__all__ = ("from_data", "to_data")


def _text(value: Any) -> Any:
    return None if value is None else str(value)


def _texts(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in values]


def _wan(row: Wan) -> dict[str, Any]:
    return {"addresses": _texts(row.addresses), "gateway": _text(row.gateway), "interface": row.interface}


def _lan(row: Lan) -> dict[str, Any]:
    return {
        "address": str(row.address),
        "address6": _text(row.address6),
        "interface": row.interface,
        "network": str(row.network),
        "network6": _text(row.network6),
    }


def _public(row: Public) -> dict[str, Any]:
    return {"address": str(row.address), "presence": row.presence, "wan": row.wan}


def _management(row: Management) -> dict[str, Any]:
    return {"ports": str(row.ports), "protocol": row.protocol, "sources": _texts(row.sources)}


def _forward(row: Forward) -> dict[str, Any]:
    return {
        "hairpin": row.hairpin,
        "host": str(row.host),
        "lan": row.lan,
        "mapping": row.mapping,
        "private_ports": _text(row.private_ports),
        "protocol": row.protocol,
        "public": str(row.public),
        "public_ports": _text(row.public_ports),
        "service": row.service,
        "sources": _texts(row.sources),
    }


def _one_to_one(row: OneToOne) -> dict[str, Any]:
    return {"host": str(row.host), "lan": row.lan, "public": str(row.public), "service": row.service}


def _egress(row: Egress) -> dict[str, Any]:
    return {
        "lan": row.lan,
        "name": row.name,
        "ports": _text(row.ports),
        "protocol": row.protocol,
        "service": row.service,
        "source": str(row.source),
        "to": _text(row.to),
    }


def _pinhole(row: Pinhole) -> dict[str, Any]:
    return {
        "host": str(row.host),
        "lan": row.lan,
        "ports": _text(row.ports),
        "protocol": row.protocol,
        "service": row.service,
        "sources": _texts(row.sources),
    }


def to_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as dictionaries, lists, texts and booleans; keys are sorted and named as in the model."""
    return {
        "egress": [_egress(row) for row in plan.egress],
        "egress_policy": plan.egress_policy,
        "forwards": [_forward(row) for row in plan.forwards],
        "lans": [_lan(row) for row in plan.lans],
        "management": [_management(row) for row in plan.management],
        "masquerade": plan.masquerade,
        "one_to_one": [_one_to_one(row) for row in plan.one_to_one],
        "pinholes": [_pinhole(row) for row in plan.pinholes],
        "publics": [_public(row) for row in plan.publics],
        "wans": [_wan(row) for row in plan.wans],
        "warnings": list(plan.warnings),
    }
