"""What a host said of itself (module ``onprem.chat.host_survey_facts``), as a model that the rules can trust."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Union

from .finding import PreflightError

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
WILDCARDS = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Address:
    """One address on an interface; ``dynamic`` when it was leased (it has a lifetime) and so may change."""

    interface: str
    mac: str
    address: str
    prefix: int
    dynamic: bool


@dataclass(frozen=True)
class Route:
    """One unicast route; ``destination`` is ``default`` or a prefix."""

    destination: str
    gateway: str
    interface: str

    def __str__(self) -> str:
        via = f" via {self.gateway}" if self.gateway else ""
        return f"{self.destination}{via} on {self.interface}"


@dataclass(frozen=True)
class Disk:
    """The file system that a path is on; ``device`` tells whether two paths share one."""

    path: str
    device: str
    free_mb: int
    free_inodes: int
    read_only: bool


@dataclass(frozen=True)
class Holder:
    """A process that listens."""

    protocol: str
    address: str
    port: int
    process: str
    pid: int

    @property
    def wildcard(self) -> bool:
        return self.address in WILDCARDS

    def __str__(self) -> str:
        return f"{self.process or 'an unknown process'} (pid {self.pid})" if self.pid else "a process that is not to be seen"


@dataclass(frozen=True)
class Survey:
    """One host as it is now; ``clock_offset`` in seconds against the control node, positive when the host is ahead."""

    host: str
    distribution: str
    release: str
    architecture: str
    python: str
    root: bool
    systemd: bool
    set_up: bool
    chat_name: str
    firewalls: frozenset[str]
    hostname: str
    machine: str
    boot: str
    epoch: float
    clock_offset: float
    memory_mb: int
    addresses: tuple[Address, ...]
    routes: tuple[Route, ...]
    disks: tuple[Disk, ...]
    holders: tuple[Holder, ...]
    services: frozenset[str]
    claimed: Mapping[str, str]

    @property
    def macs(self) -> frozenset[str]:
        return frozenset(address.mac for address in self.addresses if address.mac)


ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "i686": "i386", "riscv64": "riscv64"}


def addresses(links: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The global addresses in the answer of ``ip -j address`` (ip-address(8)); loopback and link-local ones are left out."""
    return [
        {
            "interface": link["ifname"],
            "mac": link.get("address", ""),
            "address": entry["local"],
            "prefix": entry["prefixlen"],
            "dynamic": bool(entry.get("dynamic")),
        }
        for link in links
        if link.get("link_type") != "loopback"
        for entry in link.get("addr_info", [])
        if entry.get("scope") == "global" and "local" in entry
    ]


def routes(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The unicast routes in the answer of ``ip -j route`` (ip-route(8)); multicast, link-local and refusing ones are left out."""
    return [
        {"destination": row["dst"], "gateway": gateway, "interface": interface}
        for row in rows
        if row.get("type", "unicast") == "unicast" and not row["dst"].startswith(("fe80:", "ff00:"))
        for gateway, interface in _hops(row)
        if interface != "lo"
    ]


def _hops(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (hop.get("gateway") or hop.get("via", {}).get("host", ""), hop.get("dev", "")) for hop in (row.get("nexthops") or [row])
    ]


def parse(host: str, raw: Mapping[str, Any]) -> Survey:
    """A survey from the module's answer; raises PreflightError when a part of it is missing."""
    try:
        return Survey(
            host=host,
            distribution=str(raw["distribution"]),
            release=str(raw["release"]),
            architecture=ARCHITECTURES.get(raw["machine"], str(raw["machine"])),
            python=str(raw["python"]),
            root=bool(raw["root"]),
            systemd=bool(raw["systemd"]),
            set_up=bool(raw["set_up"]),
            chat_name=str(raw["chat_name"]),
            firewalls=frozenset(raw["firewalls"]),
            hostname=str(raw["hostname"]),
            machine=str(raw["machine_id"]),
            boot=str(raw["boot_id"]),
            epoch=float(raw["epoch"]),
            clock_offset=float(raw["clock_offset"]),
            memory_mb=int(raw["memory_mb"]),
            addresses=tuple(Address(**entry) for entry in raw["addresses"]),
            routes=tuple(Route(**entry) for entry in raw["routes"]),
            disks=tuple(Disk(**entry) for entry in raw["disks"]),
            holders=tuple(Holder(**entry) for entry in raw["listeners"]),
            services=frozenset(raw["services"]),
            claimed=dict(raw["claimed"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PreflightError([f"{host}: the survey cannot be read ({type(error).__name__}: {error})"]) from error
