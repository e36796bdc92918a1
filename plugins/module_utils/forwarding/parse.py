"""Parse: the one place of this core that sees raw input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..intent.error import Problems
from .model import Address
from .parse_networks import parse_networks
from .parse_router import parse_router
from .parse_service import parse_services
from .reader import Reader
from .rows import Intent


def _names(reader: Reader, value: Any) -> dict[str, tuple[Address, ...]]:
    """Return the addresses of names that the user has resolved by hand."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        reader.problems.add("names", "must be a mapping of names to lists of addresses")
        return {}
    found: dict[str, tuple[Address, ...]] = {}
    for key, item in value.items():
        name = reader.host_name("names", key)
        path = f"names.{key}"
        addresses = [reader.any_address(place, one) for place, one in reader.items(path, item)]
        if not addresses:
            reader.problems.add(path, "needs at least one address")
        if name is not None:
            found[name] = tuple(address for address in addresses if address is not None)
    return found


def parse(raw: Mapping[str, Any], problems: Problems) -> Intent:
    """Return the intent that ``raw`` spells; what is wrong goes to ``problems`` and is left out of the intent.

    ``raw`` has ``router``, ``services``, ``names``, ``lab`` and ``user_networks``, as the options of onprem.chat.forwarding_plan
    are documented.
    """
    reader = Reader(problems)
    lab = raw.get("lab")
    return Intent(
        router=parse_router(reader, raw.get("router")),
        services=parse_services(reader, raw.get("services")),
        names=_names(reader, raw.get("names")),
        lab=lab is not None and reader.truth("lab", lab),
        user_networks=parse_networks(reader, raw.get("user_networks")),
    )
