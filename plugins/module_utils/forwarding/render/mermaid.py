"""Render: the plan as a Mermaid flowchart, for pages that draw it themselves."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Plan
from .lanes import Lane, by_lan, lan_title, lanes, management, rest


def _quoted(text: str) -> str:
    """Return a text as Mermaid's quoted strings want it."""
    return '"' + text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;") + '"'


class _Nodes:
    """Names for the nodes, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def name(self, kind: str, text: str) -> str:
        """Return the name of a node; the same kind and text have the same."""
        return self._names.setdefault((kind, text), f"{kind}{sum(1 for known, _text in self._names if known == kind)}")

    def of(self, kind: str) -> list[tuple[str, str]]:
        """Return names and texts of a kind."""
        return [(name, text) for (known, text), name in self._names.items() if known == kind]


def _arrow(nodes: _Nodes, lane: Lane) -> Iterable[str]:
    who, host = nodes.name("peer", lane.who), nodes.name("host", lane.host)
    door = nodes.name("public", lane.public) if lane.public else None
    if lane.outward:
        label = _quoted(lane.what)
        if door is None:
            yield f"  {host} -. {label} .-> {who}"
        else:
            yield f"  {host} -. {label} .-> {door}"
            yield f"  {door} -.-> {who}"
    elif door is None:
        yield f"  {who} -- {_quoted(lane.what)} --> {host}"
    else:
        yield f"  {who} -- {_quoted(lane.what)} --> {door}"
        inner = f"{lane.service}: {lane.inner}" if lane.inner else lane.service
        yield f"  {door} -- {_quoted(inner if lane.hairpin else f'{inner}, not from the LANs')} --> {host}"


def render(plan: Plan) -> str:
    """Return the flowchart; ports stand at the arrows, names of services where they come in."""
    shown, more = lanes(plan)
    nodes = _Nodes()
    arrows = list(dict.fromkeys(line for lane in shown for line in _arrow(nodes, lane)))
    groups = [(lan_title(lan), list(dict.fromkeys(lane.host for lane in rows))) for lan, rows in by_lan(plan, shown)]
    lines = ["flowchart LR", '  subgraph outside["outside"]']
    lines += [f"    {name}({_quoted(text)})" for name, text in nodes.of("peer")] or ['    peer0("anyone")']
    lines += ["  end", '  subgraph router["router"]']
    lines += [f"    wan{number}[{_quoted(_wan(plan, number))}]" for number in range(len(plan.wans))]
    lines += [f"    {name}[{_quoted(text)}]" for name, text in nodes.of("public")]
    lines += [f"    management{number}[{_quoted('itself: ' + text)}]" for number, text in enumerate(management(plan))]
    lines.append("  end")
    for number, (title, hosts) in enumerate(groups):
        lines.append(f"  subgraph lan{number}[{_quoted(title)}]")
        lines += [f"    {nodes.name('host', host)}[{_quoted(host)}]" for host in hosts] or [f'    empty{number}["no service"]']
        lines.append("  end")
    lines += arrows
    notes = [*rest(plan), *([f"And {more} more."] if more else [])]
    lines.append(f"  note[{_quoted(' '.join(notes))}]")
    return "\n".join(lines) + "\n"


def _wan(plan: Plan, number: int) -> str:
    wan = plan.wans[number]
    return f"{wan.interface} {', '.join(str(address) for address in wan.addresses)}"
