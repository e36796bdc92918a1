"""A chat server that is switched off is one problem, whatever does not answer because of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .ladder import OK
from .seats import SERVER

#: What is seen of a machine that is not there; one that is there refuses.
GONE = ("dns-silent", "tcp-silent", "tcp-unreachable", "door-closed")
Steps = Sequence[Mapping[str, Any]]


def folded(
    problems: list[dict[str, Any]], silent: Iterable[str], ladders: Mapping[str, Steps], seats: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The problems, with those that a chat server explains that is not there as one.

    It is not there when it is ``silent`` to Ansible, and at some seat no port of it answers, and at none one opens.
    """
    servers = {host: seats[host] for host in silent if seats.get(host, {}).get("seat") == SERVER}
    gone = [one for one in problems if one["fault"] in GONE and _is_there(one, servers)]
    ports = [one for one in gone if one["kind"] == "tcp"]
    if not ports or any(step["kind"] == "tcp" and step["state"] == OK for steps in ladders.values() for step in steps):
        return problems
    first, name = ports[0], ", ".join(servers)
    root = {
        **first,
        "cause": f"{name} is switched off, or off the network: Ansible does not reach it either",
        "remedy": f"look at the machine {name} and its cable; ping {', '.join(str(own['address']) for own in servers.values())}",
        "affects": [*first["affects"], *(f"{one['rung']} ({', '.join(one['vantages'])})" for one in gone if one is not first)],
    }
    return [root, *(one for one in problems if one not in gone)]


def _is_there(problem: Mapping[str, Any], servers: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a problem is one of the silent chat server; a name server may be another machine."""
    return bool(servers) and (problem["kind"] != "dns" or problem["target"] in {own["address"] for own in servers.values()})
