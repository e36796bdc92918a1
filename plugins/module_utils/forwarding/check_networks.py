"""Check the networks of users: each has a name of its own."""

from __future__ import annotations

from ..intent.error import Problems
from .rows import Intent


def check_networks(intent: Intent, problems: Problems) -> None:
    """Note names that are taken, by another network of users or by a LAN, which the paths name by its interface."""
    first = {lan.interface: f"{path}.interface" for path, lan in intent.router.lans}
    for network in intent.user_networks:
        if first.setdefault(network.name, f"{network.path}.name") != f"{network.path}.name":
            problems.add(f"{network.path}.name", f"{network.name} stands at {problems.prefix}{first[network.name]} already")
