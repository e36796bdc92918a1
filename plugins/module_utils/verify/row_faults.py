"""What an answer, or none, means for a row of the router's plan: verdict, likely cause and what to do, as data.

What our rules do was tried in the lab: a refused packet gets no answer at all. So a refusal that somebody sends (TCP's RST,
ICMP's port unreachable) went through the router, or came from a router whose rules are gone.
"""

from __future__ import annotations

from .faults import Fault

OPENED, REFUSED, SILENT, UNREACHABLE, UNKNOWN = "opened", "refused", "silent", "unreachable", "unknown"

_ROUTER = (
    "on the router: nft list table inet onprem_chat, or iptables-save; run the playbook again, it puts the plan's rules back"
)

ROW_FAULTS: dict[str, Fault] = {
    "reach-silent": Fault("the router drops what the plan lets through, or the host behind it is down", _ROUTER),
    "reach-refused": Fault(
        "the router leads nowhere or to the wrong host, or nothing listens on the right one", _ROUTER + "; on the host: ss -lntu"
    ),
    "reach-unreachable": Fault("no route to the router's address", "on this host: ip route; ping the address"),
    "refuse-opened": Fault("the router lets in what the plan refuses", _ROUTER),
    "refuse-answered": Fault("the router lets the packet through to something that answers, or answers itself", _ROUTER),
    "rules-gone": Fault("the router's rules were flushed, or were not loaded when it started", _ROUTER),
    "rules-changed": Fault("somebody or another program changed the router's rules", _ROUTER),
    "rules-pending": Fault(
        "a run ended before it could confirm its change; the router falls back by itself",
        "run the playbook again when it has",
        mild=True,
    ),
}

#: By outcome of the plan, whether what answers is ours, and what was seen: the fault. "" is sound, None cannot be judged.
#: For ``reach`` ours means that a program of ours listens there, for ``refuse`` that our rules do the refusing.
VERDICTS: dict[tuple[str, bool, str], str | None] = {
    ("reach", True, OPENED): "",
    ("reach", True, REFUSED): "reach-refused",
    ("reach", True, SILENT): "reach-silent",
    ("reach", True, UNREACHABLE): "reach-unreachable",
    ("reach", False, OPENED): "",
    ("reach", False, REFUSED): None,
    ("reach", False, SILENT): None,
    ("reach", False, UNREACHABLE): None,
    ("refuse", True, OPENED): "refuse-opened",
    ("refuse", True, REFUSED): "refuse-answered",
    ("refuse", True, SILENT): "",
    ("refuse", True, UNREACHABLE): "",
    ("refuse", False, OPENED): "refuse-opened",
    ("refuse", False, REFUSED): "",
    ("refuse", False, SILENT): "",
    ("refuse", False, UNREACHABLE): "",
}
#: What was seen, for a person.
SEEN = {
    OPENED: "opened",
    REFUSED: "refused by somebody there",
    SILENT: "no answer",
    UNREACHABLE: "no way there",
    UNKNOWN: "no answer; nobody can tell whether it was let through",
}
#: With kind ``tcp`` a row is the rung of that name in everybody's ladder, and has its faults.
TCP_FAULTS = {REFUSED: "tcp-refused", SILENT: "tcp-silent", UNREACHABLE: "tcp-unreachable", OPENED: ""}
