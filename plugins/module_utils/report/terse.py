"""The report in a few lines, for the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .hosts import silence
from .make import SEATS
from .notices import days
from .problems import BROKEN
from .view import changed, held, plural

Data = Mapping[str, Any]
_MOST = 12


def text(report: Data, path: str) -> str:
    """The short of a report; ``path`` is where the page is."""
    works = "works" if report["ok"] else "does not work"
    lines = [f"{report['site']}: {report['name']} {works}", "", *_vantages(report), *_problems(report)]
    for title, rows in (
        ("Worth a look", report["notices"]),
        (_since(report), changed(report["changes"]["list"])),
    ):
        if rows:
            lines += ["", title, *(f"  {row}" for row in rows[:_MOST])]
            lines += [f"  and {len(rows) - _MOST} more"] if len(rows) > _MOST else []
    return "\n".join([*lines, "", *_facts(report), f"Report: {path}"])


def _since(report: Data) -> str:
    return f"Changed since {report['changes']['since']}"


def _vantages(report: Data) -> Iterator[str]:
    rows = [(host, SEATS.get(one["seat"], one["seat"]), *_said(one)) for host, one in report["vantages"].items()]
    rows += [(host, "", "SILENT", "") for host in report["silent"]]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(3)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]).rstrip()


def _said(one: Data) -> tuple[str, str]:
    steps = one["steps"]
    broken = [step["rung"] for step in steps if step["state"] == BROKEN]
    count = held([step["state"] for step in steps])
    if broken:
        return "BROKEN", f"{', '.join(broken)}; {count}"
    return ("ok" if one["ok"] else "-"), count


def _problems(report: Data) -> Iterator[str]:
    for one in report["problems"]:
        yield ""
        yield f"{one['rung']} ({', '.join(one['vantages'])}): {one['seen']}"
        yield f"  cause: {one['cause']}"
        if one["affects"]:
            yield f"  breaks too: {', '.join(one['affects'])}"
        yield f"  to do: {one['remedy']}"
    for host in report["silent"]:
        yield ""
        yield f"{host}: could not look from here"
        yield f"  seen: {silence(report, host)}"


def _facts(report: Data) -> Iterator[str]:
    ending = sorted(
        (row["days_left"], row["name"], row["kind"]) for row in report["certificates"] if row["kind"] != "revocation list"
    )
    if ending:
        left, name, kind = ending[0]
        yield f"Certificates: {plural(len(ending), 'certificate')}; the first to end is {name} ({kind}), in {days(left)}"
    for serial, hosts in report["bundle"]["serials"].items():
        yield f"Bundle: {serial} on {', '.join(hosts)}"
