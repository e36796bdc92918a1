"""The shell: reads the host with ip, nft, iptables-save and files, and hands texts to the cores. It changes nothing.

Listing rules must not bring modules into the kernel either: iptables is only asked for what nft, or the kernel's own
list of legacy tables, says is there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import configs, firewalls, host, iptables_save, listeners, nft_json
from .question import Forward
from .ruleset import IPTABLES, LEGACY, Table

OUR_TABLE = ("inet", "onprem_chat")
#: Tables whose chains can refuse a packet on its way in or through, or send it elsewhere.
_DECIDING = ("filter", "mangle", "nat", "security")
_SAVERS = {"ip": "iptables-nft-save", "ip6": "ip6tables-nft-save"}
_WANTS = (Path("/etc/systemd/system"), Path("/run/systemd/system"))
_CONF = Path("/proc/sys/net")

Run = Callable[..., tuple[int, str, str]]
Find = Callable[[str], "str | None"]


class ReadingError(Exception):
    """The host cannot be read at all."""


class Reader:
    """Reads one host; ``run`` and ``find`` are AnsibleModule's run_command and get_bin_path."""

    def __init__(self, run: Run, find: Find) -> None:
        self._run = run
        self._find = find

    def _asked(self, *command: str) -> tuple[int, str, str]:
        return self._run(list(command), environ_update={"LC_ALL": "C"})

    def host(self) -> host.Host:
        """Addresses, ways out and forwarding; raises ReadingError."""
        links = host.links(self._ip("address", "show"))
        ways: list[host.Way] = []
        for option, family in (("-4", "ipv4"), ("-6", "ipv6")):
            ways.extend(host.ways(family, self._ip(option, "route", "show", "table", "all", "default")))
        interfaces = {link.interface for link in links} - {"lo"}
        return host.Host(
            links,
            tuple(ways),
            {family: _number(_CONF / family / where) == 1 for family, where in _FORWARDING.items()},
            {name: max(_filter("all"), _filter(name)) for name in sorted(interfaces)},
        )

    def _ip(self, *what: str) -> list[dict[str, Any]]:
        code, out, err = self._asked("ip", "-j", *what)
        if code and what[0] == "address":
            raise ReadingError(f"ip -j {' '.join(what)}: {err.strip() or 'failed'}; is the package iproute2 installed?")
        rows: list[dict[str, Any]] = json.loads(out or "[]") if not code else []  # no rows: that family is switched off
        return rows

    def firewalls(self) -> tuple[firewalls.Seen | None, str]:
        """Everything about foreign firewalls, and what could not be read."""
        if os.geteuid() != 0:
            return None, "only root can read the rules"
        faults: list[str] = []
        tables = [*self._modern(faults), *self._legacy(faults)]
        zones = self._zones() if any(table.name == "firewalld" for table in tables) else {}
        files = {path: _text(Path(path)) for path in firewalls.FILES}
        return firewalls.Seen(tuple(tables), files, enabled(), zones), "; ".join(faults)

    def _modern(self, faults: list[str]) -> list[Table]:
        """The tables of nftables; those that iptables manages are better read by its own tool."""
        nft = self._find("nft")
        code, out, err = self._asked(nft, "-j", "list", "tables") if nft else (1, "", "nft is not installed")
        if code:
            faults.append(err.strip())
            return [] if nft else self._without_nft()
        found: list[Table] = []
        there = [name for name in nft_json.names(out) if name != OUR_TABLE]
        saved = {family: self._saved(family, there) for family in ("ip", "ip6")}
        for family, name in there:
            if family not in ("ip", "ip6", "inet"):
                continue
            if known := saved.get(family, {}).get(name):
                found.append(known)
                continue
            code, out, err = self._asked(str(nft), "-j", "list", "table", family, name)
            try:
                if not code and (table := nft_json.table(out)):
                    found.append(self._worded(str(nft), table))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                code, err = 1, f"nft's answer was not understood ({type(error).__name__}: {error})"
            if code:
                faults.append(f"table {family} {name}: {err.strip()}")
        return found

    def _without_nft(self) -> list[Table]:
        """What can be read of iptables alone; without a name its tool prints the tables that there are."""
        found: list[Table] = []
        for family, name in _SAVERS.items():
            if tool := self._find(name):
                code, out, _err = self._asked(tool)
                found.extend(iptables_save.tables(out, family, IPTABLES) if not code else ())
        return found

    def _worded(self, nft: str, table: Table) -> Table:
        """With the words of each translation, should one have to be named."""
        if not table.translates:
            return table
        return nft_json.worded(table, self._asked(nft, "-s", "-a", "list", "table", table.family, table.name)[1])

    def _saved(self, family: str, there: list[tuple[str, str]]) -> dict[str, Table]:
        """Tables of iptables-nft by name; none of a table whose chains iptables did not make."""
        tool = self._find(_SAVERS[family])
        found: dict[str, Table] = {}
        for name in _DECIDING:
            if tool and (family, name) in there:
                code, out, _err = self._asked(tool, "-t", name)
                if not code:
                    found.update({table.name: table for table in iptables_save.tables(out, family, IPTABLES)})
        return found

    def _legacy(self, faults: list[str]) -> list[Table]:
        """Tables of the old kernel interface. The kernel lists those that are loaded; no other is asked for."""
        found = []
        for family, prefix in (("ip", "ip"), ("ip6", "ip6")):
            loaded = set(_text(Path(f"/proc/net/{prefix}_tables_names")).split()) & set(_DECIDING)
            tool = self._find(f"{prefix}tables-legacy-save")
            if loaded and not tool:
                faults.append(f"{prefix}tables-legacy-save is not installed, and the kernel has such tables")
            for name in sorted(loaded if tool else ()):
                code, out, err = self._asked(str(tool), "-t", name)
                if code:
                    faults.append(f"legacy table {family} {name}: {err.strip()}")
                found.extend(iptables_save.tables(out, family, LEGACY))
        return found

    def sockets(self, forwards: tuple[Forward, ...]) -> listeners.Sockets:
        """What listens where something is to be forwarded. Only if the kernel says that something does, ss is asked who."""
        if not any(one.holds(protocol, port) for protocol, port in waiting() for one in forwards):
            return listeners.Sockets()
        _code, out, _err = self._asked("ss", "-Hlntup")
        wanted = [one for one in listeners.listeners(out) if any(each.holds(one.protocol, one.port) for each in forwards)]
        low, high = (int(word) for word in (_text(_CONF / "ipv4/ip_local_port_range") or "32768 60999").split())
        return listeners.Sockets(tuple(replace(one, unit=unit(one.pid)) for one in wanted), (low, high))

    def _zones(self) -> dict[str, str]:
        """firewalld's zone of each interface; what is in none belongs to the default zone."""
        tool = self._find("firewall-cmd")
        if not tool:
            return {}
        code, default, _err = self._asked(tool, "--get-default-zone")
        _code, active, _err = self._asked(tool, "--get-active-zones")
        return configs.firewalld_zones(interfaces(), default.strip(), active) if not code else {}


_FORWARDING = {"ipv4": "ip_forward", "ipv6": "conf/all/forwarding"}


def _filter(name: str) -> int:
    """rp_filter of an interface; the greater of it and of ``all`` is in force (ip-sysctl.rst)."""
    return _number(_CONF / "ipv4/conf" / name / "rp_filter")


def _number(path: Path) -> int:
    text = _text(path).strip()
    return int(text) if text.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def interfaces() -> list[str]:
    """Names of the interfaces but for the loopback one."""
    return sorted(one.name for one in Path("/sys/class/net").iterdir() if one.name != "lo")


def waiting() -> set[tuple[str, int]]:
    """Protocol and port of every socket that waits for anybody."""
    return {
        (protocol, port)
        for protocol in ("tcp", "udp")
        for family in ("", "6")
        for port in listeners.ports(_text(Path(f"/proc/net/{protocol}{family}")), protocol)
    }


def unit(pid: int) -> str:
    """The unit of systemd that a process belongs to (cgroups(7))."""
    rows = _text(Path(f"/proc/{pid}/cgroup")).splitlines() if pid else []
    names = [part for row in rows for part in row.split("/") if part.endswith((".service", ".scope"))]
    return names[-1] if names else ""


def enabled() -> frozenset[str]:
    """Services that start at boot, by the links that systemctl enable makes."""
    links = (link for folder in _WANTS for kind in ("wants", "requires") for link in folder.glob(f"*.{kind}/*.service"))
    return frozenset(link.name for link in links)
