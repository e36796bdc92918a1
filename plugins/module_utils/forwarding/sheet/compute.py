"""Compute: from a plan to the sheet for whoever keeps the router, which Ansible may not touch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ...public_dns.render import zone_lines
from ..model import Plan
from . import trials, ways
from .model import About, Lines, Points, Section, Sheet, Words


def _lan(about: About) -> Iterator[Section]:
    if about.dns and about.name:
        servers = ", ".join(map(str, about.dns))
        points = (
            f"Where this router hands out addresses (DHCP): {servers} as the name server, and no other beside it.",
            f"Inside, {about.name} is {about.host}: that name server says so. A router that filters such answers (DNS rebind "
            f"protection) must let {about.name} pass."
            if about.host
            else "",
        )
        yield Section("In the LAN", (Points(tuple(filter(None, points))),))


def _dns(about: About) -> Iterator[Section]:
    wanted = [record for record in about.records if record.values]
    if not wanted:
        return
    lines = Lines(zone_lines(wanted))
    if about.published:
        yield Section("Public DNS records", (Words(f"Nothing to enter; the site keeps these in {about.zone} itself:"), lines))
        return
    lead = f"Where {about.zone} is kept, with no other record of the same name and type beside them:"
    yield Section("Public DNS records", (Words(lead), lines))


def _last(plan: Plan) -> Section:
    """When it is done, and how it is undone."""
    done = "Send back the number of this sheet and the trials whose answers are others, with these answers."
    undo = "To take it back, remove what stands above; nothing else depends on it."
    return Section("Done, or undone", (Points((done, undo)),))


def _amount(plan: Plan, about: About) -> str:
    """Return how much there is to enter."""
    records = 0 if about.published else sum(len(record.values) for record in about.records)
    counted = (
        (len(plan.forwards), "forward"),
        (len(plan.one_to_one), "reserved address"),
        (len(plan.pinholes), "opening by IPv6"),
        (len(ways.ways_out(plan)), "way out"),
        (records, "DNS record"),
    )
    plural = {"reserved address": "reserved addresses", "opening by IPv6": "openings by IPv6", "way out": "ways out"}
    shown = [f"{count} {word if count == 1 else plural.get(word, word + 's')}" for count, word in counted if count]
    return ", ".join(shown) or "nothing comes in"


def compute(plan: Plan, about: About, verdicts: Sequence[dict[str, Any]]) -> Sheet:
    """Return the sheet; ``verdicts`` are the plan's own (verdicts.verdicts). The same plan gives the same sheet."""
    found = [*ways.sections(plan, about), *_lan(about), *_dns(about), trials.acceptance(plan, about, verdicts), _last(plan)]
    titled = tuple(replace(section, title=f"{number}. {section.title}") for number, section in enumerate(found, 1))
    router = ", ".join(str(wan.address) for wan in plan.wans)
    what = about.name or ", ".join(dict.fromkeys(one.service for one in plan.forwards)) or "a site"
    whose = f" ({about.title})" if about.title and about.title != about.name else ""
    lead = (
        f"For whoever keeps the router at {router}. It has to let {what}{whose} through: {_amount(plan, about)}.",
        "Enter what stands here, run the acceptance test on both sides of the router, and say what came of it. "
        "Whatever is not named here stays as it is.",
    )
    made = Sheet(f"Router settings for {what}", lead, titled)
    return replace(made, number=hashlib.sha256(repr(made).encode()).hexdigest()[:8])
