"""Processes of the host itself that listen where something is to be forwarded: from outside nobody reaches them any more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from . import addresses
from .finding import ERROR, TAKEN_PORT, WARNING, Finding
from .host import Host
from .question import Forward, Question

_PROCESS = re.compile(r'"([^"]*)",pid=(\d+)')
#: The states of /proc/net in which a socket waits for anybody: LISTEN, and a UDP socket without a peer (tcp_states.h).
_WAITING = {"tcp": "0A", "udp": "07"}
_INIT = 1


@dataclass(frozen=True)
class Listener:
    """A socket that waits for IPv4 packets; without an address for any of the host's, without a process for the kernel itself."""

    protocol: str
    address: str
    device: str
    port: int
    process: str = ""
    pid: int = 0
    unit: str = ""

    def __str__(self) -> str:
        device = f" on {self.device}" if self.device else ""
        return f"{self.address or '0.0.0.0'} {self.protocol} {self.port}{device}"


@dataclass(frozen=True)
class Sockets:
    """What listens, and the ports that the kernel gives to those who do not choose one."""

    listeners: tuple[Listener, ...] = ()
    ephemeral: tuple[int, int] = (32768, 60999)


def ports(text: str, protocol: str) -> set[int]:
    """The ports of waiting sockets in what ``/proc/net/tcp`` and its siblings say (proc_net_tcp.rst)."""
    rows = (line.split() for line in text.splitlines()[1:])
    return {int(row[1].rpartition(":")[2], 16) for row in rows if len(row) > 3 and row[3] == _WAITING[protocol]}


def listeners(text: str) -> list[Listener]:
    """The sockets in what ``ss -Hlntup`` prints that take IPv4 packets: ``*`` takes both families, ``[::]`` IPv6 alone."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 6 or words[0] not in _WAITING:
            continue
        host, _colon, port = words[4].rpartition(":")
        host, _percent, device = host.partition("%")
        address = str(addresses.address(host.strip("[]"))) if host != "*" else ""
        if ":" in address or not port.isdigit():
            continue
        process, pid = next(iter(_PROCESS.findall(line)), ("", "0"))
        found.append(Listener(words[0], "" if address == "0.0.0.0" else address, device, int(port), process, int(pid)))
    return found


def judge(sockets: Sockets, question: Question, host: Host, wan: tuple[str, ...]) -> list[Finding]:
    """One finding for each process that has a forwarded port, or that may have one by chance."""
    found: dict[tuple[str, str, str], list[tuple[Listener, Forward]]] = {}
    for one in sockets.listeners:
        for forward in question.forwards:
            if _takes(one, forward, question, host, wan):
                severity = WARNING if _by_chance(one, forward, sockets.ephemeral) else ERROR
                found.setdefault((one.process, one.unit, severity), []).append((one, forward))
    return [_told(severity, rows, host, question) for (_process, _unit, severity), rows in found.items()]


def _takes(one: Listener, forward: Forward, question: Question, host: Host, wan: tuple[str, ...]) -> bool:
    if not forward.holds(one.protocol, one.port) or (one.device and one.device not in wan):
        return False
    if one.address:
        return one.address == forward.public
    passing = {each.address for each in question.publics if each.presence in ("routed", "proxy_arp")}
    return host.owns(forward.public) or forward.public not in passing


def _by_chance(one: Listener, forward: Forward, ephemeral: tuple[int, int]) -> bool:
    """A socket with a port of the kernel's choosing waits for an answer, and that still arrives: it was asked for."""
    return one.protocol == "udp" and forward.first != forward.last and ephemeral[0] <= one.port <= ephemeral[1]


def _told(severity: str, rows: list[tuple[Listener, Forward]], host: Host, question: Question) -> Finding:
    one = rows[0][0]
    sockets = _joined(each for each, _forward in rows)
    name = one.process or "The kernel"
    who = f"{name} ({', '.join(part for part in (f'pid {one.pid}', one.unit) if part)})" if one.pid else f"{name} itself"
    ways = _joined(f"{forward} of {forward.public} to {forward.opening.host or 'a LAN host'}" for _each, forward in rows)
    what = f"{name} listens on {_joined(f'{each.protocol} {each.port}' for each, _forward in rows)}, which is forwarded"
    if severity == WARNING:
        detail = f"{who}: {sockets}. Forwarded is {ways}. The kernel may have chosen that port for a question of its own"
        return Finding(TAKEN_PORT, what, severity, detail, "If it is a service, give it a port that is not forwarded")
    return Finding(TAKEN_PORT, what, severity, f"{who}: {sockets}. Forwarded is {ways}", _freed(one, host, question))


def _freed(one: Listener, host: Host, question: Question) -> str:
    inner = [link.address for link in host.links if link.interface in question.lan and ":" not in link.address]
    where = f"on the LAN alone ({', '.join(inner)})" if inner else "on an address that is not forwarded"
    if one.process == "docker-proxy":
        return f"docker ps --filter publish={one.port}/{one.protocol}\nPublish that container's port {where}, or not at all"
    stop = "switch it off"
    if one.pid == _INIT:
        stop += ": systemctl list-sockets shows its unit"
    elif one.unit.endswith(".service"):
        stop += f": systemctl disable --now {one.unit}"
    return f"Let it listen {where}, or {stop}\nOr forward another public port"


def _joined(parts: Iterable[object]) -> str:
    return ", ".join(dict.fromkeys(str(part) for part in parts))
