"""Plan: from raw input to the whole answer of onprem.chat.forwarding_plan, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Callable

from ..intent.error import Problems
from .check import check
from .check_names import Resolve, pin
from .check_public import settle
from .check_warnings import warnings
from .compute import compute
from .error import ForwardingError
from .model import Plan
from .parse import parse
from .paths import text as paths_text
from .paths.compute import paths
from .paths.compute import to_data as paths_to_data
from .paths.model import Path
from .paths.places import sides
from .paths.warn import warnings as paths_warnings
from .profiles import PROFILES
from .renderers import PARTS, RENDERERS, rendered
from .rows import Intent
from .serial import to_data
from .sheet import html as sheet_html
from .sheet import text as sheet_text
from .sheet.about import about
from .sheet.compute import compute as sheet
from .sheet.model import Sheet
from .table import table, text
from .verdicts import verdicts

#: How the sheet for whoever keeps the router is written.
SHEETS: dict[str, Callable[[Sheet], str]] = {"sheet": sheet_text.render, "sheet_html": sheet_html.render}
#: What can be asked for; table, paths and sheets are made here, of rows that the answer has anyway.
TARGETS = tuple(sorted({*RENDERERS, *SHEETS, "paths", "table"}))


def _targets(value: Any, problems: Problems) -> tuple[str, ...]:
    """Return the targets that are asked for."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        problems.add("targets", "must be a list")
        return ()
    for index, target in enumerate(value):
        if not isinstance(target, str) or target not in TARGETS:
            problems.add(f"targets[{index}]", f"{target!r} is no rendering; there are {', '.join(TARGETS)}")
    return tuple(target for target in value if isinstance(target, str) and target in TARGETS)


def _made(raw: Mapping[str, Any], problems: Problems, resolve: Resolve | None) -> tuple[Intent, Plan, tuple[Path, ...]]:
    intent = parse(raw, problems)
    publics = settle(intent.router, problems)
    pinned = pin(intent, resolve, problems)
    check(intent, publics, pinned, problems)
    problems.raise_any(ForwardingError)
    made = compute(intent, publics, pinned, warnings(intent, publics, problems.prefix))
    found = paths(sides(intent, made))
    apart = tuple(f"{problems.prefix}{path}: {reason}" for path, reason in paths_warnings(intent, made, found))
    return intent, replace(made, warnings=made.warnings + apart), found


def plan(raw: Mapping[str, Any], prefix: str = "", resolve: Resolve | None = None) -> Plan:
    """Return the plan of an intent.

    ``raw`` is described at parse.parse. ``prefix`` stands before every path of an error. ``resolve`` is asked for the addresses
    of names. Raises ForwardingError with every problem.
    """
    return _made(raw, Problems(prefix), resolve)[1]


def _settings(intent: Intent, made: Plan) -> list[dict[str, Any]]:
    """Return what hosts have to be told because they are behind this router."""
    public = {forward.service: str(forward.public) for forward in made.forwards}
    found = []
    for row in sorted(intent.services, key=lambda row: row.name):
        if row.profile is not None and PROFILES[row.profile].settings:
            values = {key: value.format(public=public.get(row.name, "")) for key, value in PROFILES[row.profile].settings}
            found.append({"service": row.name, "host": str(row.host), "settings": values})
    return found


def make(raw: Mapping[str, Any], targets: Any, prefix: str = "", resolve: Resolve | None = None) -> dict[str, Any]:
    """Return the whole answer: the plan, its renderings for ``targets``, its table, its verdicts, its paths and its warnings.

    ``raw`` may have what sheet.about describes as ``sheet``. Raises ForwardingError with every problem; see plan for the rest.
    """
    problems = Problems(prefix)
    wanted = _targets(targets, problems)
    told = about(raw.get("sheet"), problems)
    intent, made, ways = _made({key: value for key, value in raw.items() if key != "sheet"}, problems, resolve)
    rows, claims = table(made), verdicts(made)
    texts = rendered(made, [target for target in wanted if target in {*RENDERERS, *PARTS}])
    if "table" in wanted:
        texts["table"] = text(rows)
    if "paths" in wanted:
        texts["paths"] = paths_text.render(ways)
    if any(target in SHEETS for target in wanted):
        written = sheet(made, told, claims)
        texts.update({target: SHEETS[target](written) for target in wanted if target in SHEETS})
    return {
        "plan": to_data(made),
        "rendered": texts,
        "table": rows,
        "verdicts": claims,
        "paths": paths_to_data(ways),
        "host_settings": _settings(intent, made),
        "warnings": list(made.warnings),
    }
