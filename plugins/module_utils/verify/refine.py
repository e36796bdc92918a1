"""What several vantages together say of a cause. One of them alone can only guess; who else saw the same tells where it lies.

The table is read from the top; the first row that fits a problem gives its cause and remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .ladder import BROKEN, OK, WARNING
from .seats import CONTROLLER, LAN, OUTSIDE, ROUTER, SERVER

Steps = Sequence[Mapping[str, Any]]
INSIDE = (LAN, SERVER, CONTROLLER)


@dataclass(frozen=True)
class Refinement:
    """One row of the table.

    A problem fits when its kind is among ``kinds`` (and its fault among ``faults``), all who saw it sit at ``seats``, and
    somebody at ``sound`` found the same rung sound. With ``all`` nobody who sits where they sit may have found it sound; without
    it others may, so that it is the matter of single machines. ``beyond`` asks for a door that is not at the address of the
    vantage's own side.
    """

    kinds: tuple[str, ...]
    seats: tuple[str, ...]
    cause: str
    remedy: str
    sound: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    all: bool = True
    beyond: bool = False


_RULES = "on the router: nft list table inet onprem_chat, or iptables-save; run the playbook again"
_RECORD = (
    "compare the public zone with the records that the playbook printed or published: dig +trace NAME; then wait until what was"
    " cached has ended"
)

TABLE: tuple[Refinement, ...] = (
    Refinement(
        kinds=("tcp",),
        seats=(OUTSIDE,),
        sound=(*INSIDE, ROUTER),
        cause="the router does not lead port {port} of the public address to the chat server, or the provider blocks it",
        remedy=_RULES + "; is the router's public address still the one of the inventory?",
    ),
    Refinement(
        kinds=("tls", "redirect", "page", "websocket", "client"),
        seats=(OUTSIDE,),
        sound=INSIDE,
        faults=("tls-none", "tls-no-starttls", "tls-name", "web-status", "web-redirect", "web-socket"),
        cause="from outside port {port} leads to another machine than the chat server",
        remedy=_RULES + "; compare where the forward leads with the chat server's address",
    ),
    Refinement(
        kinds=("name", "srv"),
        seats=(OUTSIDE,),
        sound=INSIDE,
        cause="the record of the public zone, at the provider, is wrong or missing",
        remedy=_RECORD,
    ),
    Refinement(
        kinds=("mtu",),
        seats=(OUTSIDE,),
        sound=INSIDE,
        cause="big packets vanish between the router and the outside",
        remedy="clamp the segment size on the router (tcp option maxseg size set rt mtu), and let ICMP type 3 code 4 through",
    ),
    Refinement(
        kinds=("door",),
        seats=INSIDE,
        faults=("door-closed",),
        beyond=True,
        cause="the router does not turn round what the LAN sends to the public address (hairpin)",
        remedy=_RULES + "; the service needs hairpin: true",
    ),
    Refinement(
        kinds=("dns", "tcp"),
        seats=(LAN, CONTROLLER),
        sound=(LAN, CONTROLLER),
        faults=("dns-silent", "dns-closed", "tcp-silent", "tcp-refused", "tcp-unreachable"),
        all=False,
        cause="it is reached from other desks: this machine's cable, network or packet filter",
        remedy="on {vantages}: ip address; ip route; nft list ruleset; ping {target}",
    ),
    Refinement(
        kinds=("tcp",),
        seats=(LAN, CONTROLLER, OUTSIDE, ROUTER),
        sound=(SERVER,),
        cause="the chat server itself reaches it: a packet filter on the chat server, or between it and the LAN",
        remedy="on the chat server: ss -lnt; nft list ruleset; then the switches and filters between",
    ),
    Refinement(
        kinds=("clock",),
        seats=(LAN, CONTROLLER, OUTSIDE),
        sound=(LAN, CONTROLLER),
        all=False,
        cause="the clock of this machine is wrong",
        remedy="on {vantages}: date -u; chronyc tracking; timedatectl",
    ),
)

#: What a broken rung of the router explains at others: kinds by seat. They stay in their ladders and are no problems of their
#: own.
_BEHIND = ("tcp", "mtu", "clock", "tls", "redirect", "page", "websocket", "client", "reach", "refuse")
EXPLAINED: dict[str, dict[str, tuple[str, ...]]] = {
    "rules": {
        OUTSIDE: _BEHIND,
        ROUTER: ("reach", "refuse"),
        **dict.fromkeys(INSIDE, ("reach", "refuse", "door beyond")),
    },
}


def beyond(step: Mapping[str, Any], own: str) -> bool:
    """Whether a step is a door at another address than the one that the chat server has for its vantage."""
    return step.get("kind") == "door" and bool(own) and step.get("address") != own


def explained(step: Mapping[str, Any], seat: str, own: str, roots: Iterable[str]) -> str:
    """Which of the broken ``roots`` explains a step at a seat; empty when none does."""
    kind = "door beyond" if beyond(step, own) else str(step.get("kind", ""))
    return next((root for root in roots if kind in EXPLAINED[root].get(seat, ())), "")


def roots(ladders: Mapping[str, Steps]) -> list[str]:
    """The kinds that explain others and are broken somewhere."""
    broken = {str(step.get("kind")) for steps in ladders.values() for step in steps if step["state"] == BROKEN}
    return [kind for kind in EXPLAINED if kind in broken]


def refined(problem: dict[str, Any], ladders: Mapping[str, Steps], seats: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A problem with the cause that all vantages together tell, if they tell any."""
    for row in TABLE:
        if _fits(row, problem, ladders, seats):
            words = {**problem, "vantages": ", ".join(problem["vantages"])}
            return {**problem, "cause": row.cause.format(**words), "remedy": row.remedy.format(**words)}
    return problem


def _fits(
    row: Refinement, problem: Mapping[str, Any], ladders: Mapping[str, Steps], seats: Mapping[str, Mapping[str, Any]]
) -> bool:
    if problem["kind"] not in row.kinds or (row.faults and problem["fault"] not in row.faults):
        return False
    saw = problem["vantages"]
    if any(seats.get(vantage, {}).get("seat") not in row.seats for vantage in saw):
        return False
    if row.beyond and not all(problem["address"] != seats[vantage].get("address") for vantage in saw):
        return False
    sound = {
        str(seats.get(vantage, {}).get("seat"))
        for vantage, steps in ladders.items()
        if any(step["rung"] == problem["rung"] and step["state"] in (OK, WARNING) for step in steps)
    }
    if row.all and sound & {str(seats[vantage].get("seat")) for vantage in saw}:
        return False
    return not row.sound or bool(sound & set(row.sound))
