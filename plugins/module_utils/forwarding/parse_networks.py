"""Parse the networks that people outside sit in."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from .paths.places import CLASSES
from .reader import Reader
from .rows import UserNetwork

_KEYS = ("name", "class", "addresses")


def parse_networks(reader: Reader, value: Any) -> tuple[UserNetwork, ...]:
    """Return the networks as written; ``value`` is described at the module's option user_networks."""
    found = []
    for path, row in reader.rows("user_networks", value, _KEYS, ("name", "class")):
        name = reader.service_name(f"{path}.name", row["name"], "network of users")
        kind = reader.choice(f"{path}.class", row["class"], tuple(CLASSES), "class of networks")
        listed = [] if row.get("addresses") is None else reader.networks(f"{path}.addresses", row["addresses"])
        for place, network in listed:
            if network.version == 6:
                reader.problems.add(place, f"{network} is IPv6; IPv6 is not translated")
        if name and kind:
            found.append(UserNetwork(path, name, kind, tuple(one for _place, one in listed if isinstance(one, IPv4Network))))
    return tuple(found)
