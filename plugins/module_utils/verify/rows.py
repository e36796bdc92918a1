"""What a seat can ask of the router's plan: its verdicts, for the address that somebody really sits at.

The plan's own verdicts ask from made-up addresses, since they are proved in a kernel. Here the same questions are judged again
for the address of a vantage, so that one whom a forward does not let in expects to be refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from ..forwarding.claims.judge import Answer, Judge
from ..forwarding.claims.places import Places
from ..forwarding.model import Plan

#: Addresses that say nothing of whom the router sees when somebody outside asks.
_PRIVATE = tuple(ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"))
Row = dict[str, Any]
Question = tuple[str, str, int]


class Asker:
    """Makes the rows of one plan for any seat.

    ``verdicts`` are those of the plan, ``chat`` the chat server's addresses, ``ports`` those that it listens on, ``door`` the
    public name and address of the web client. ``ours`` says that Ansible manages the router: then a refusal is silent.
    ``listening`` are further addresses and tcp ports at which a program of ours answers.
    """

    def __init__(
        self,
        plan: Plan,
        verdicts: Sequence[Row],
        chat: Sequence[str],
        ports: Sequence[int],
        door: tuple[str, str],
        ours: bool,
        listening: Collection[tuple[str, int]] = (),
    ) -> None:
        self._plan, self._verdicts, self._chat, self._ports, self._ours = plan, verdicts, chat, ports, ours
        self._listening = frozenset((*listening, *((address, port) for address in chat for port in ports)))
        self._door_name, self._door = door
        self._judge = Judge(plan, Places(plan))
        self._public = {str(one.address) for one in plan.publics} | {str(one.ip) for wan in plan.wans for one in wan.addresses}

    def _questions(self, vantage: str) -> Iterator[tuple[Question, list[Row]]]:
        """Yield each question that the verdicts ask from a vantage, with all its verdicts."""
        found: dict[Question, list[Row]] = {}
        for row in self._verdicts:
            if row["vantage"] == vantage and row["family"] == "ipv4" and row["port"] is not None:
                found.setdefault((row["protocol"], row["destination"], row["port"]), []).append(row)
        yield from found.items()

    def outside(self, address: str, asked: Sequence[int]) -> list[Row]:
        """Return the rows of a machine outside; ``asked`` are the ports of the chat that its ladder has anyway."""
        found = []
        source = "" if not _is_global(address) else address
        for (protocol, to, port), rows in self._questions("wan"):
            if to not in self._public:
                continue  # only a neighbour on the WAN can send packets there
            answers = {row["outcome"]: Answer(row["claim"], row["reaches"], row["reaches_port"]) for row in rows}
            if source:
                answers = {"": self._judge.from_wan(source, to, protocol, port)}
            if len(answers) > 1:
                continue  # who is let in depends on an address that nobody knows
            (answer,) = answers.values()
            if not (to == self._door and port in asked and answer.reaches):
                found.append(self._row(protocol, to, port, answer, rows[0]["service"]))
        return _echoing(found)

    def inside(self, address: str) -> list[Row]:
        """Return the rows of a machine in a LAN: hairpin, the router's own ports, and whatever must not leave."""
        lan = self._judge.lan_of(address) if _version(address) else None
        if lan is None:
            return []
        found = []
        for (protocol, to, port), rows in self._questions("lan"):
            answer = self._judge.from_lan(lan, address, to, protocol, port)
            if answer is None or (answer.reaches and not self._worth(to, port, answer)):
                continue
            needs = [f"tcp {port}", f"{self._door_name} at {to}"] if answer.reaches in self._chat else []
            found.append(self._row(protocol, to, port, answer, rows[0]["service"], needs))
        return _echoing(found)

    def _worth(self, to: str, port: int, answer: Answer) -> bool:
        """Whether a way is tried from a LAN: by hairpin, but for the door that the ladder has; and the management of our router.

        What leaves has no end that is known, and of the router's other ports nobody knows who listens.
        """
        if answer.reason == "management":
            return self._ours
        return to in self._public and answer.reason.startswith("hairpin") and not (to == self._door and port == 443)

    def router(self) -> list[Row]:
        """Return the rows of the router itself: the chat server straight, as in everybody's ladder, then by public addresses."""
        found = []
        services = {(str(one.host), one.private_ports.first): one.service for one in self._plan.forwards if one.private_ports}
        for port in self._ports:
            for service in [services[host, port] for host in self._chat if (host, port) in services][:1]:
                found.append(_named(f"tcp {port}", "tcp", "tcp", self._chat[0], port, "reach", "opens", True, service, []))
        for (protocol, to, port), rows in self._questions("router"):
            answer = self._judge.from_router(to, protocol, port)
            if answer is not None:
                needs = [f"tcp {answer.port}"] if answer.reaches in self._chat else []
                found.append(self._row(protocol, to, port, answer, rows[0]["service"], needs))
        return _echoing(found)

    def _listens(self, protocol: str, answer: Answer) -> bool:
        """Whether a program that Ansible has put there listens at what a packet reaches."""
        known = (answer.reaches, answer.port) in self._listening or (self._ours and answer.reason == "management")
        return protocol == "tcp" and known

    def _row(self, protocol: str, to: str, port: int, answer: Answer, service: str | None, needs: Sequence[str] = ()) -> Row:
        outcome = "reach" if answer.reaches else "refuse"
        ours = self._ours if outcome == "refuse" else self._listens(protocol, answer)
        words = {"reach": "is let through", "refuse": "is refused, without an answer" if self._ours else "is refused"}[outcome]
        about = f"{service}: {answer.reason}" if service else answer.reason
        name = f"{outcome} {protocol} {to}:{port}"
        return _named(name, outcome, protocol, to, port, outcome, f"{words} ({about})", ours, service or "", needs)


def _named(
    rung: str,
    kind: str,
    protocol: str,
    to: str,
    port: int,
    outcome: str,
    expected: str,
    ours: bool,
    service: str,
    needs: Sequence[str],
) -> Row:
    return {
        "rung": rung,
        "kind": kind,
        "protocol": protocol,
        "address": to,
        "port": port,
        "outcome": outcome,
        "expected": expected,
        "ours": ours,
        "service": service,
        "needs": list(needs),
        "echoes": [],
    }


def _echoing(rows: list[Row]) -> list[Row]:
    """The rows, each with those before it that the same fault would break: of one service, and refusals of one address."""
    return [
        {**row, "echoes": [one["rung"] for one in rows[:at] if one["kind"] == row["kind"] and _alike(one, row)]}
        for at, row in enumerate(rows)
    ]


def _alike(one: Row, row: Row) -> bool:
    return bool(one["address"] == row["address"] and (one["kind"] == "refuse" or one["service"] == row["service"]))


def _is_global(address: str) -> bool:
    """Whether an address is one by which the router may see somebody from outside; those of the documentation are."""
    return _version(address) == 4 and not any(ip_address(address) in network for network in _PRIVATE)


def _version(address: str) -> int:
    """The version of an address, 0 for what is none."""
    try:
        return ip_address(address).version
    except ValueError:
        return 0
