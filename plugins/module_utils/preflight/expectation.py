"""What the site expects of each host: the only place that sees the role's raw variables."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .finding import PreflightError
from .survey import Network

SUPPORTED = {"debian": ("12", "13")}
ARCHITECTURES = ("amd64", "arm64")
LOOPBACK = ("127.0.0.1", "::1")
HOST_KEYS = ("addresses", "architectures", "chat_name", "disk_mb", "memory_mb", "networks", "ports", "static")
PORT_KEYS = ("addresses", "port", "programs", "protocol")

#: Ports whose daemon binds the host's own addresses and loopback; every other port is bound on the wildcard address,
#: which collides with any listener. So a stub resolver on 127.0.0.53 or a bridge's dnsmasq is nobody's enemy.
BOUND_PORTS = (53,)


@dataclass(frozen=True)
class PortNeed:
    """One port that a daemon of ours binds and the programs that may hold it already; no address means the wildcard."""

    protocol: str
    port: int
    programs: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True)
class Expectation:
    """What one host must offer; ``disk_mb`` maps a path to the free space that a first installation needs there.

    ``chat_name`` is the domain of the chat addresses, empty where there is no chat.
    """

    host: str
    addresses: tuple[str, ...]
    networks: tuple[Network, ...]
    static: bool
    architectures: tuple[str, ...]
    ports: tuple[PortNeed, ...]
    disk_mb: Mapping[str, int]
    memory_mb: int
    chat_name: str = ""


@dataclass(frozen=True)
class Policy:
    """What holds for the whole site; ``not_before`` is an epoch that no clock may lie before (0: none)."""

    air_gap: bool = True
    clock_skew: float = 300.0
    not_before: float = 0.0


def parse(host: str, raw: Mapping[str, Any]) -> Expectation:
    """The expectation of one host out of ``site_preflight_expect``; raises PreflightError with every fault."""
    reader = _Reader(f"{host}: site_preflight_expect")
    reader.known("", raw, HOST_KEYS)
    addresses = tuple(reader.address(f".addresses[{at}]", one) for at, one in enumerate(raw.get("addresses") or [""]))
    networks = tuple(reader.network(f".networks[{at}]", one) for at, one in enumerate(raw.get("networks", ())))
    ports = tuple(reader.port(f".ports[{at}]", one, addresses) for at, one in enumerate(raw.get("ports", ())))
    disk_mb = {str(path): reader.size(f".disk_mb.{path}", path, size) for path, size in raw.get("disk_mb", {}).items()}
    if reader.faults:
        raise PreflightError(reader.faults)
    return Expectation(
        host=host,
        addresses=addresses,
        networks=tuple(network for network in networks if network),
        static=bool(raw.get("static", True)),
        architectures=tuple(raw.get("architectures", ARCHITECTURES)),
        ports=tuple(port for port in ports if port),
        disk_mb=disk_mb,
        memory_mb=int(raw.get("memory_mb", 0)),
        chat_name=str(raw.get("chat_name", "")),
    )


class _Reader:
    """Reads single values and remembers what was wrong with them, so that all of it can be told at once."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[str] = []

    def fault(self, path: str, reason: str) -> None:
        self.faults.append(f"{self.path}{path}: {reason}")

    def known(self, path: str, raw: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in sorted(set(raw) - set(keys)):
            self.fault(f"{path}.{key}", f"is not known; known are {', '.join(keys)}")

    def address(self, path: str, value: Any) -> str:
        try:
            return str(ipaddress.ip_address(str(value)))
        except ValueError:
            self.fault(path, f"{value or 'nothing'} is not an IP address")
            return ""

    def network(self, path: str, value: Any) -> Network | None:
        try:
            return ipaddress.ip_network(str(value))
        except ValueError as error:
            self.fault(path, str(error))
            return None

    def size(self, path: str, where: Any, value: Any) -> int:
        if not str(where).startswith("/") or not isinstance(value, int) or value < 0:
            self.fault(path, "must be an absolute path with a whole number of MB")
            return 0
        return value

    def port(self, path: str, raw: Any, own: tuple[str, ...]) -> PortNeed | None:
        if not isinstance(raw, Mapping):
            self.fault(path, f"must be a dictionary of {', '.join(PORT_KEYS)}")
            return None
        self.known(path, raw, PORT_KEYS)
        number, protocol = raw.get("port"), str(raw.get("protocol", "tcp"))
        if not isinstance(number, int) or not 0 < number < 65536:
            self.fault(f"{path}.port", f"{number} is not a port (1-65535)")
            return None
        if protocol not in ("tcp", "udp"):
            self.fault(f"{path}.protocol", f"{protocol} is not tcp or udp")
        default = (*own, *LOOPBACK) if number in BOUND_PORTS else ()
        return PortNeed(protocol, number, tuple(raw.get("programs", ())), tuple(raw.get("addresses", default)))
