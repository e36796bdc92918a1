"""Open ports against the plan: who listens, who may reach it, and whether somebody planned it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

PLANNED, ADMINISTRATION, LOCAL, UNPLANNED, UNHELD = "planned", "administration", "local", "not planned", "nobody listens"
STATES = (UNPLANNED, UNHELD, PLANNED, ADMINISTRATION, LOCAL)
#: How the machines themselves are kept: log-in, the lease of their address, the clock's own console.
_ADMINISTRATION = {("tcp", "sshd"), ("udp", "dhclient"), ("udp", "dhcpcd"), ("udp", "systemd-network"), ("udp", "NetworkManager")}
#: From here on a UDP socket waits for the answer to a question of its own (Linux ip_local_port_range).
_EPHEMERAL = 32768

Data = Mapping[str, Any]


def ports(site: Data, infos: Mapping[str, Data], forwarding: Data) -> list[dict[str, Any]]:
    """A row for each port of the site's servers and routers; ``state`` is of STATES, ``reach`` says in words who may reach it.

    ``addresses`` is where it listens, ``outside`` the public addresses and ports that lead there.

    Desks belong to people and are not looked at.
    """
    rows = []
    for host, info in sorted(infos.items()):
        planned = site["hosts"][host]
        if list(planned["duties"]) != ["vantage"]:
            rows.extend(_of_host(host, planned, info["listeners"], forwarding))
    return sorted(rows, key=lambda row: (row["host"], STATES.index(row["state"]), row["port"], row["protocol"]))


def _of_host(host: str, planned: Data, listeners: list[Data], forwarding: Data) -> list[dict[str, Any]]:
    wanted = {(row["protocol"], row["port"]): tuple(row["programs"]) for row in planned["expect"]["ports"]}
    router = list(planned["duties"]) == ["router"]
    together: dict[tuple[str, int, str], list[str]] = {}
    for one in listeners:
        together.setdefault((one["protocol"], one["port"], one["process"]), []).append(one["address"])
    rows = []
    for (protocol, port, process), addresses in together.items():
        state = _state(protocol, port, process, addresses, wanted)
        if not state:
            continue
        outside = [] if state == LOCAL else _outside(planned, forwarding, protocol, port)
        reach = _reach(state, router, outside, addresses)
        rows.append(_row(host, protocol, port, sorted(addresses), process, state, reach, outside))
    held = {(row["protocol"], row["port"]) for row in rows if row["state"] == PLANNED}
    for protocol, port in wanted:
        if (protocol, port) not in held:
            rows.append(_row(host, protocol, port, [], "", UNHELD, "nobody", _outside(planned, forwarding, protocol, port)))
    return rows


def _row(
    host: str, protocol: str, port: int, addresses: list[str], process: str, state: str, reach: str, outside: list[str]
) -> dict[str, Any]:
    return {
        "host": host,
        "protocol": protocol,
        "port": port,
        "addresses": addresses,
        "process": process,
        "state": state,
        "reach": reach,
        "outside": outside,
    }


def _state(
    protocol: str, port: int, process: str, addresses: list[str], wanted: Mapping[tuple[str, int], tuple[str, ...]]
) -> str:
    """The state of a listener; empty for one that only waits for an answer."""
    if all(map(is_loopback, addresses)):
        return LOCAL
    if process in wanted.get((protocol, port), ()):
        return PLANNED
    if (protocol, process) in _ADMINISTRATION or (protocol, port) == ("tcp", 22):
        return ADMINISTRATION
    return "" if protocol == "udp" and port >= _EPHEMERAL else UNPLANNED


def is_loopback(address: str) -> bool:
    """Whether an address is the host's own for itself."""
    return ip_address(address.partition("%")[0]).is_loopback


def _outside(planned: Data, forwarding: Data, protocol: str, port: int) -> list[str]:
    """The public addresses and ports that lead here, each with who may use it where that is not everybody."""
    found = []
    for row in forwarding.get("forwards", []):
        if row["host"] not in planned["addresses"] or row["protocol"] != protocol:
            continue
        public = _public_port(row["public_ports"], row["private_ports"], port)
        if public:
            sources = f" from {', '.join(row['sources'])}" if row["sources"] else ""
            found.append(f"{row['public']}:{public}{sources}")
    return sorted(set(found))


def _public_port(public: str | None, private: str | None, port: int) -> int:
    """The public port that leads to a port of the host, 0 when none does; ranges are of one length (forwarding.model)."""
    if not public or not private:
        return 0
    first, _dash, last = private.partition("-")
    if not int(first) <= port <= int(last or first):
        return 0
    return int(public.partition("-")[0]) + port - int(first)


def _reach(state: str, router: bool, outside: list[str], addresses: list[str]) -> str:
    if state == LOCAL:
        return "this machine alone"
    inside = "whom the router's rules let in" if router else "the site's networks"
    if not {"0.0.0.0", "::"} & set(addresses):
        inside += f", by {', '.join(one for one in sorted(addresses) if not is_loopback(one))}"
    return f"{inside}; outside by {', '.join(outside)}" if outside else inside
