"""Render: a zone as the text of a master file (RFC 1035 5)."""

from __future__ import annotations

from .zone import SERIAL, Zone


def render_zone(zone: Zone) -> str:
    """Return the file of a zone; the serial is the token ``@SERIAL@``, and the same zone is the same bytes."""
    times = zone.times
    lines = [
        f'; Zone "{zone.origin.text}". Managed by onprem.chat: changes here are overwritten.',
        f"$ORIGIN {zone.origin}",
        f"$TTL {times.ttl}",
        f"@ IN SOA {zone.master} {zone.mailbox} (",
        f"    {SERIAL} ; serial",
        f"    {times.refresh} ; refresh",
        f"    {times.retry} ; retry",
        f"    {times.expire} ; expire",
        f"    {times.negative} ; negative answers",
        ")",
    ]
    for record in zone.sorted_records:
        lines.append(f"{record.owner.relative(zone.origin)} IN {record.data.kind} {record.data.text(zone.origin)}")
    return "\n".join(lines) + "\n"
