"""The report of a site as data: what report.json holds, and what the page is drawn from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from .certificates import certificates
from .changes import changes
from .hosts import machines
from .notices import notices
from .picture import picture
from .ports import ports
from .problems import BROKEN, WARNING, problems
from .zones import zones

FORMAT = 1
#: Seats in the order of the report, and what they are called.
SEATS = {
    "lan": "inside",
    "outside": "outside",
    "server": "the server itself",
    "router": "the router",
    "controller": "the control node",
}

Data = Mapping[str, Any]


def report(
    site: Data, situation: str, verdict: Data, infos: Mapping[str, Data], forwarding: Data, before: Data | None, now: int
) -> dict[str, Any]:
    """The whole report.

    ``site`` is what site_plan returned, ``verdict`` what verify_verdict returned, ``infos`` by host what site_host_info returned
    (anything else for a host that did not answer), ``forwarding`` the plan of the router or nothing, ``before`` the report
    before this one, ``now`` in seconds since 1970. Raises ReportError.
    """
    answered = {host: info for host, info in infos.items() if "system" in info}
    public = site.get("public") or {}
    made = {
        "format": FORMAT,
        "site": site["title"] or site["domain"],
        "domain": site["domain"],
        "name": site["chat"]["name"],
        "address": site["chat"]["addresses"][0],
        "public": public.get("address", ""),
        "when": datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "situation": situation,
        "ok": bool(verdict["ok"]),
        "problems": problems(verdict, "problems", BROKEN),
        "warnings": problems(verdict, "warnings", WARNING),
        "silent": sorted(verdict["silent"]),
        "vantages": vantages(verdict["vantages"]),
        "certificates": certificates(answered, now),
        "zones": zones(answered),
        "ports": ports(site, answered, forwarding),
        **machines(site, infos),
    }
    made["picture"] = picture(made, site)
    made["notices"] = notices(made)
    made["changes"] = changes(before, made)
    return made


def vantages(found: Data) -> dict[str, Any]:
    """The vantages, people first."""
    known = list(SEATS)
    made = {host: vantage(one) for host, one in found.items()}
    order = sorted(made, key=lambda host: known.index(made[host]["seat"]) if made[host]["seat"] in known else len(known))
    return {host: made[host] for host in order}


def vantage(one: Data) -> dict[str, Any]:
    """A vantage with its steps, each with every key that the page needs."""
    blank = {"kind": "", "target": "", "port": 0, "cause": "", "remedy": "", "facts": {}}
    return {
        "seat": one.get("seat", "lan"),
        "ok": bool(one["ok"]),
        "first_broken": one.get("first_broken") or "",
        "steps": [{**blank, **step} for step in one["steps"]],
    }
