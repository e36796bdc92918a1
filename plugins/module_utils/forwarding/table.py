"""The plan as rows for people: what comes in, what goes out, and how the router itself is reached."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .model import Forward, Network, Plan, Ports

#: The columns in their order, with their headings.
COLUMNS = {
    "service": "service",
    "direction": "way",
    "protocol": "protocol",
    "public": "public",
    "host": "host",
    "ports": "ports",
    "sources": "sources",
    "hairpin": "hairpin",
    "note": "note",
}
WIDTH = 120
_GAP = "  "
#: No column is made narrower than this to fit the width.
_NARROW = 9


def _row(service: str, direction: str, protocol: str, **cells: Any) -> dict[str, Any]:
    row = {"service": service, "direction": direction, "protocol": protocol}
    return {**row, "public": "", "host": "", "ports": "", "sources": "", "hairpin": None, "note": "", **cells}


def _anybody(sources: Sequence[Network]) -> str:
    return ", ".join(str(one.network_address) if one.num_addresses == 1 else str(one) for one in sources) or "any"


def _host(network: Network) -> str:
    return _anybody((network,))


def _mapped(forward: Forward) -> str:
    """Return the ports of a forward, with those on the host when they are others."""
    public, private = forward.public_ports, forward.private_ports
    if public is None or private is None:
        return ""
    return str(public) if public == private else f"{public} to {private}"


def _forwards(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield a row for each service, protocol and pair of addresses."""
    together: dict[Any, list[str]] = {}
    for one in plan.forwards:
        key = one.service, one.protocol, one.public, one.host, one.sources, one.hairpin, one.mapping
        together.setdefault(key, []).append(_mapped(one))
    for (service, protocol, public, host, sources, hairpin, mapping), ports in together.items():
        yield _row(
            service,
            "in",
            protocol,
            public=str(public),
            host=str(host),
            ports=", ".join(port for port in ports if port),
            sources=_anybody(sources),
            hairpin=hairpin,
            note="one to one" if mapping == "one_to_one" else "",
        )


def _pinholes(plan: Plan) -> Iterator[dict[str, Any]]:
    together: dict[Any, list[str]] = {}
    for one in plan.pinholes:
        together.setdefault((one.service, one.protocol, one.host, one.sources), []).append(str(one.ports or ""))
    for (service, protocol, host, sources), ports in together.items():
        cells = {"host": str(host), "ports": ", ".join(filter(None, ports)), "sources": _anybody(sources)}
        yield _row(service, "in", protocol, **cells, note="IPv6, no translation")


def _ports(ports: Iterable[Ports | None]) -> str:
    known = [str(one) for one in ports if one]
    return ", ".join(known) if known else "all"


def _leaving(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield what leaves: reserved addresses, declared ways out, and everybody else."""
    for one in plan.one_to_one:
        yield _row(one.service, "out", "any", public=str(one.public), host=str(one.host), note="leaves with its own address")
    together: dict[Any, list[Ports | None]] = {}
    for row in plan.egress:
        together.setdefault((row.service, row.source, row.protocol, row.to, row.name), []).append(row.ports)
    for (service, source, protocol, to, name), ports in together.items():
        where = "anywhere" if to is None else _host(to) if name is None else f"{name} ({_host(to)})"
        shown = "" if protocol not in ("tcp", "udp") else _ports(ports)
        yield _row(service, "out", protocol, host=_host(source), ports=shown, note=f"to {where}")
    addresses = ", ".join(str(wan.address) for wan in plan.wans) if plan.masquerade else ""
    for lan in plan.lans:
        note = "everything may leave" if plan.egress_policy == "open" else "nothing else may leave"
        yield _row(lan.interface, "out", "any", public=addresses, host=str(lan.network), note=note)


def table(plan: Plan) -> list[dict[str, Any]]:
    """Return the rows for people.

    All text: ``service`` (``router`` for the router itself, the interface for a whole LAN), ``direction`` in or out,
    ``protocol``, ``public`` (our address outside), ``host`` (our side), ``ports``, ``sources`` and ``note``. ``hairpin`` is a
    boolean or None.
    """
    rows = [*_forwards(plan), *_pinholes(plan)]
    rows.sort(key=lambda row: row["service"])
    rows += _leaving(plan)
    for one in plan.management:
        rows.append(_row("router", "in", one.protocol, ports=str(one.ports), sources=_anybody(one.sources), note="management"))
    return rows


def _cells(row: dict[str, Any]) -> list[str]:
    shown = {True: "yes", False: "no", None: ""}
    return [shown[row[name]] if name == "hairpin" else str(row[name]) for name in COLUMNS]


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """Return the widths of the columns; the widest give way until the whole fits."""
    widths = [max(len(line[index]) for line in lines) for index in range(len(COLUMNS))]
    room = WIDTH - len(_GAP) * sum(1 for width in widths[1:] if width)
    while sum(widths) > room and max(widths) > _NARROW:
        widths[widths.index(max(widths))] -= 1
    return widths


def _wrapped(cell: str, width: int) -> list[str]:
    """Return the lines of a cell; nearly all of them are one."""
    if len(cell) <= width:
        return [cell] if cell else []
    return textwrap.wrap(cell, width, break_on_hyphens=False)


def text(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows of a table as aligned text of at most 120 columns; a long cell goes on below."""
    lines = [list(COLUMNS.values()), *(_cells(row) for row in rows)]
    empty = [index for index in range(len(COLUMNS)) if not any(line[index] for line in lines[1:])]
    lines = [["" if index in empty else cell for index, cell in enumerate(line)] for line in lines]
    widths = _widths(lines)
    written: list[str] = []
    for number, line in enumerate(lines):
        wrapped = [_wrapped(cell, width) for cell, width in zip(line, widths)]
        for depth in range(max(map(len, wrapped), default=0)):
            parts = [(cell[depth] if depth < len(cell) else "").ljust(width) for cell, width in zip(wrapped, widths) if width]
            written.append(_GAP.join(parts).rstrip())
        if number == 0:
            written.append(_GAP.join("-" * width for width in widths if width))
    return "\n".join(written) + "\n"
