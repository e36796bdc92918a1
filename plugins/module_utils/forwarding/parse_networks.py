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
        addresses = []
        for place, item in reader.items(f"{path}.addresses", row.get("addresses")):
            network = reader.range_or_address(place, item)
            if isinstance(network, IPv4Network):
                addresses.append(network)
            elif network is not None:
                reader.problems.add(place, f"{network} is IPv6, which is not translated; leave it out")
        if name and kind:
            found.append(UserNetwork(path, name, kind, tuple(addresses)))
    return tuple(found)
