"""A topology: which networks there are and which hosts stand on them. Pure: text in, frozen model out."""

from __future__ import annotations

import ipaddress
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SUITES = ("bookworm", "trixie")
FLAVOURS = ("server", "desk", "router", "outside")
# An interface name has 15 characters: "br-" + network, host + "-" + nic.
NAME = {"network": r"[a-z][a-z0-9-]{0,11}", "host": r"[a-z][a-z0-9-]{0,8}", "nic": r"[a-z][a-z0-9]{0,4}"}


class TopologyError(Exception):
    """Everything that is wrong with a topology, one `path: reason` a line."""


@dataclass(frozen=True)
class Network:
    """One bridge. Closed: nothing on it may try to reach an address outside it, and `lab leaks` watches."""

    name: str
    closed: bool


@dataclass(frozen=True)
class Nic:
    """One interface of a host, with its addresses as `address/prefix`."""

    name: str
    network: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Host:
    """One Debian host; `routes` maps a destination to a gateway, `nspawn` holds options passed on to systemd-nspawn."""

    name: str
    suite: str
    flavour: str
    nics: tuple[Nic, ...]
    routes: tuple[tuple[str, str], ...]
    dns: tuple[str, ...]
    nspawn: tuple[str, ...]

    @property
    def base(self) -> str:
        """Name of the base image."""
        return self.suite if self.flavour == "server" else f"{self.suite}-{self.flavour}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses, without prefixes."""
        return tuple(address.split("/")[0] for nic in self.nics for address in nic.addresses)


@dataclass(frozen=True)
class Topology:
    """A whole lab; hosts in the order of the file."""

    networks: tuple[Network, ...]
    hosts: tuple[Host, ...]

    def host(self, name: str) -> Host:
        """The host of that name; raises TopologyError."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise TopologyError(f"there is no host {name} in this lab; there are: {', '.join(h.name for h in self.hosts)}")

    def prefixes(self, network: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The IP networks that live on a bridge, sorted, as its hosts' addresses say."""
        found = {
            ipaddress.ip_interface(address).network
            for host in self.hosts
            for nic in host.nics
            if nic.network == network
            for address in nic.addresses
        }
        return tuple(sorted(found, key=lambda prefix: (prefix.version, int(prefix.network_address), prefix.prefixlen)))


@dataclass
class _Reader:
    """Takes values out of raw tables and remembers every complaint."""

    complaints: list[str] = field(default_factory=list)

    def complain(self, path: str, reason: str) -> None:
        self.complaints.append(f"{path}: {reason}")

    def table(self, raw: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
        value = raw.get(key, {})
        if isinstance(value, Mapping):
            return value
        self.complain(f"{path}{key}", "must be a table")
        return {}

    def known_keys(self, raw: Mapping[str, Any], path: str, known: tuple[str, ...]) -> None:
        for key in raw:
            if key not in known:
                self.complain(f"{path}{key}", f"is not known here; known are: {', '.join(known)}")

    def name(self, kind: str, value: str, path: str) -> None:
        if not re.fullmatch(NAME[kind], value):
            self.complain(path, f"{value!r} does not fit {NAME[kind]} (interface names have room for 15 characters)")

    def choice(self, raw: Mapping[str, Any], key: str, path: str, choices: tuple[str, ...]) -> str:
        value = raw.get(key, choices[-1])
        if value not in choices:
            self.complain(f"{path}{key}", f"{value!r} is not one of {', '.join(choices)}")
        return str(value)

    def strings(self, raw: Mapping[str, Any], key: str, path: str, check: Callable[[str], object]) -> tuple[str, ...]:
        value = raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.complain(f"{path}{key}", "must be a list of strings")
            return ()
        return tuple(item for item in value if self.valid(item, f"{path}{key}", check))

    def valid(self, value: str, path: str, check: Callable[[str], object]) -> bool:
        try:
            check(value)
        except ValueError as error:
            self.complain(path, str(error))
            return False
        return True


def parse(text: str, suites: Mapping[str, str] | None = None) -> Topology:
    """Read a topology in TOML, or in JSON when it begins with a brace.

    `suites` (host to suite) overrides what the file says. Raises TopologyError with all that is wrong.
    """
    try:
        raw: Mapping[str, Any] = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError as error:
        raise TopologyError(f"topology: {error}") from error
    reader = _Reader()
    reader.known_keys(raw, "", ("networks", "defaults", "hosts"))
    networks = []
    for name, table in reader.table(raw, "networks", "").items():
        reader.name("network", name, f"networks.{name}")
        reader.known_keys(table, f"networks.{name}.", ("closed",))
        networks.append(Network(name, bool(table.get("closed", False))))
    defaults = reader.table(raw, "defaults", "")
    hosts = []
    for name in reader.table(raw, "hosts", ""):
        own = reader.table(raw["hosts"], name, "hosts.")
        chosen = {"suite": suites[name]} if suites and name in suites else {}
        hosts.append(_host(reader, name, {**defaults, **own, **chosen}))
    _check(reader, tuple(networks), tuple(hosts), tuple(suites or ()))
    if reader.complaints:
        raise TopologyError("\n".join(reader.complaints))
    return Topology(tuple(networks), tuple(hosts))


def _host(reader: _Reader, name: str, raw: Mapping[str, Any]) -> Host:
    path = f"hosts.{name}."
    reader.name("host", name, path[:-1])
    reader.known_keys(raw, path, ("suite", "flavour", "nics", "routes", "dns", "nspawn"))
    nics = []
    for nic in reader.table(raw, "nics", path):
        table = reader.table(raw["nics"], nic, f"{path}nics.")
        reader.name("nic", nic, f"{path}nics.{nic}")
        reader.known_keys(table, f"{path}nics.{nic}.", ("network", "addresses"))
        addresses = reader.strings(table, "addresses", f"{path}nics.{nic}.", ipaddress.ip_interface)
        nics.append(Nic(nic, str(table.get("network", "")), addresses))
    routes = {str(to): str(via) for to, via in reader.table(raw, "routes", path).items()}
    for destination, gateway in routes.items():
        if destination != "default":
            reader.valid(destination, f"{path}routes", ipaddress.ip_network)
        reader.valid(gateway, f"{path}routes.{destination}", ipaddress.ip_address)
    return Host(
        name=name,
        suite=reader.choice(raw, "suite", path, SUITES),
        flavour=reader.choice({"flavour": "server", **raw}, "flavour", path, FLAVOURS),
        nics=tuple(nics),
        routes=tuple(routes.items()),
        dns=reader.strings(raw, "dns", path, ipaddress.ip_address),
        nspawn=reader.strings(raw, "nspawn", path, str),
    )


def _check(reader: _Reader, networks: tuple[Network, ...], hosts: tuple[Host, ...], suites: tuple[str, ...]) -> None:
    names = [network.name for network in networks]
    if not hosts:
        reader.complain("hosts", "there is none")
    for name in suites:
        if name not in [host.name for host in hosts]:
            reader.complain(f"suite of {name}", "there is no such host")
    seen: dict[tuple[str, str], str] = {}
    for host in hosts:
        if not host.nics:
            reader.complain(f"hosts.{host.name}.nics", "there is none")
        for nic in host.nics:
            path = f"hosts.{host.name}.nics.{nic.name}"
            if nic.network not in names:
                reader.complain(f"{path}.network", f"{nic.network!r} is not one of the networks: {', '.join(names)}")
            for address in nic.addresses:
                key = (nic.network, address.split("/")[0])
                if seen.setdefault(key, host.name) != host.name:
                    reader.complain(f"{path}.addresses", f"{key[1]} belongs to {seen[key]} already")


def dump(topology: Topology) -> str:
    """The same topology as JSON that `parse` reads back."""
    hosts = {}
    for host in topology.hosts:
        table = asdict(host)
        del table["name"]
        table["nics"] = {nic.name: {"network": nic.network, "addresses": nic.addresses} for nic in host.nics}
        table["routes"] = dict(host.routes)
        hosts[host.name] = table
    return json.dumps({"networks": {n.name: {"closed": n.closed} for n in topology.networks}, "hosts": hosts}, indent=1)
