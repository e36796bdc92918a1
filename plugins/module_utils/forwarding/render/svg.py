"""Render: the plan as a picture, one SVG file without scripts or references, readable in light and in dark."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from html import escape

from ..model import Lan, Plan, Wan
from .lanes import Lane, by_lan, lanes, management, rest

_STYLE = """
    .page{fill:#fff}
    .lan{fill:#f4f7fb;stroke:#8aa2bf;stroke-width:1.5;stroke-dasharray:6 4}
    .out{fill:#f7f5f2;stroke:#b9a58f;stroke-width:1.5}
    .box{fill:#fff;stroke:#33526e;stroke-width:1.5}
    .door{fill:#fdf3ec;stroke:#b3541e;stroke-width:1.2}
    .own{fill:#eaf5f1;stroke:#2b7a62;stroke-width:1.2}
    .t{font-weight:600;fill:#16324a}
    .s{fill:#44586b;font-size:12px}
    .m{fill:#16324a;font-family:ui-monospace,monospace;font-size:12px}
    .i{stroke:#b3541e;stroke-width:2;fill:none}
    .o{stroke:#33526e;stroke-width:1.5;fill:none;stroke-dasharray:5 3}
    .h{stroke:#2b7a62;stroke-width:1.8;fill:none}
    .ia{fill:#b3541e}.oa{fill:#33526e}.ha{fill:#2b7a62}
    .r{stroke:#8aa2bf;stroke-width:1}
    @media (prefers-color-scheme:dark){
    .page{fill:#12181f}.lan{fill:#18222d;stroke:#5b7690}.out{fill:#221f1b;stroke:#8a7864}
    .box{fill:#1d2833;stroke:#8fb0cf}.door{fill:#33241a;stroke:#e08a52}.own{fill:#17302a;stroke:#5cbf9f}
    .t,.m{fill:#e3ecf4}.s{fill:#b2c1cf}.i{stroke:#e08a52}.o{stroke:#8fb0cf}.h{stroke:#5cbf9f}
    .ia{fill:#e08a52}.oa{fill:#8fb0cf}.ha{fill:#5cbf9f}.r{stroke:#5b7690}}
"""

#: Columns from left to right, as (left, right).
_OUT, _ROUTER, _LAN = (14, 214), (464, 654), (870, 1146)
_HOST = (884, 1132)
_WIDTH, _TOP = 1160, 14
_LANE, _GAP, _TITLE = 44, 8, 54
#: Width of a character of the small text, on the wide side, so that nothing runs out of its box.
_CHAR = 7.3


def _fold(text: str, width: int, lines: int) -> list[str]:
    """Return a text in at most so many lines for a width in pixels; what does not fit ends in an ellipsis."""
    return textwrap.wrap(text, int(width / _CHAR), max_lines=lines, placeholder=" …", break_on_hyphens=False)


def _cut(word: str, width: int) -> str:
    """Return as much of a word as fits in a width in pixels."""
    room = int(width / _CHAR)
    return word if len(word) <= room else f"{word[: room - 1]}…"


def _text(x: int, y: int, text: str, kind: str = "s", anchor: str = "start") -> str:
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'  <text x="{x}" y="{y}" class="{kind}"{place}>{escape(text)}</text>'


def _rect(kind: str, left: int, top: int, right: int, bottom: int, round_: int = 6) -> str:
    return f'  <rect class="{kind}" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" rx="{round_}"/>'


def _arrow(kind: str, start: int, end: int, y: int) -> str:
    """Return a line from ``start`` to ``end`` with its head at the end."""
    step = 9 if end > start else -9
    head = f'<path class="{kind}a" d="M{end} {y} l{-step} -5 v10 z"/>'
    return f'  <path class="{kind}" d="M{start} {y} H{end - step}"/>{head}'


def _turn(x: int, y: int) -> str:
    """Return a turn at the router's edge: what comes from the LAN goes back into it."""
    line = f'<path class="h" d="M{x + 26} {y + 9} H{x - 6} a4.5 4.5 0 0 1 0 -9"/>'
    return f'  {line}<path class="ha" d="M{x + 1} {y} l-8 -4 v8 z"/>'


def _around(left: int, right: int, y: int, text: str) -> Iterator[str]:
    """Yield a text over an arrow, and when it is long under it as well."""
    for number, line in enumerate(_fold(text, right - left - 24, 2)):
        yield _text((left + right) // 2, y + (-7 if number == 0 else 17), line, anchor="middle")


def _inner(lane: Lane) -> str:
    """Return what stands under the arrow to the host."""
    words = [f"to {lane.inner}"] if lane.inner else []
    if not lane.outward and lane.public and not lane.hairpin:
        words.append("not from the LANs")
    return ", ".join(words)


def _lane(lane: Lane, y: int) -> Iterator[str]:
    """Yield a lane, whose arrows are at ``y``."""
    kind = "o" if lane.outward else "i"
    who = _fold(lane.who, _OUT[1] - _OUT[0] - 20, 2)
    for number, line in enumerate(who):
        yield _text(_OUT[0] + 12, y + 4 - 8 * (len(who) - 1) + 16 * number, line)
    yield from _around(_OUT[1], _ROUTER[0], y, lane.what)
    if lane.public:
        yield _rect("own" if lane.own else "door", _ROUTER[0] + 24, y - 13, _ROUTER[1] - 24, y + 13)
    words = lane.public or ("" if lane.outward else "no translation")
    yield _text(sum(_ROUTER) // 2, y + 4, words, "m" if lane.public else "s", "middle")
    outer, inner = (_ROUTER[0], _OUT[1]), (_HOST[0], _ROUTER[1])
    yield _arrow(kind, *(outer if lane.outward else outer[::-1]), y)
    yield _arrow(kind, *(inner if lane.outward else inner[::-1]), y)
    if lane.hairpin:
        yield _turn(_ROUTER[1], y)
    left = _ROUTER[1] + 14
    yield _text((left + _LAN[0]) // 2, y - 7, _cut(lane.service, _LAN[0] - left), anchor="middle")
    left = _ROUTER[1] + (30 if lane.hairpin else 14)
    yield from (_text((left + _LAN[0]) // 2, y + 17, line, anchor="middle") for line in _fold(_inner(lane), _LAN[0] - left, 1))


def _hosts(rows: Sequence[Lane], y: int) -> Iterator[tuple[str, int]]:
    """Yield the lanes of a LAN around the boxes of its hosts, each with where the next one begins."""
    for index, lane in enumerate(rows):
        if index == 0 or rows[index - 1].host != lane.host:
            own = sum(1 for other in rows if other.host == lane.host)
            bottom = y + own * _LANE
            box = _rect("box", _HOST[0], y, _HOST[1], bottom)
            size = ' style="font-size:10px"' if len(lane.host) > 31 else ""
            middle = (y + bottom) // 2 + 4
            name = f'  <text x="{sum(_HOST) // 2}" y="{middle}" class="m" text-anchor="middle"{size}>{lane.host}</text>'
            yield f"{box}\n{name}", y
        parts = "\n".join(_lane(lane, y + _LANE // 2))
        y += _LANE
        yield parts, y
        if index + 1 == len(rows) or rows[index + 1].host != lane.host:
            y += _GAP


def _networks(lan: Lan) -> str:
    return f"{lan.network}, {lan.network6}" if lan.network6 else str(lan.network)


def _wan(wan: Wan) -> str:
    return f"{wan.interface} {', '.join(str(address) for address in wan.addresses)}"


def _head(plan: Plan) -> list[str]:
    """Return the lines at the top of the router."""
    return [line for wan in plan.wans for line in _fold(_wan(wan), _ROUTER[1] - _ROUTER[0] - 20, 2)]


def _legend(y: int, notes: Sequence[str]) -> Iterator[str]:
    yield _text(_OUT[0], y, " ".join(notes))
    y += 26
    yield _arrow("i", 14, 54, y - 4)
    yield _text(62, y, "comes in")
    yield _arrow("o", 154, 194, y - 4)
    yield _text(202, y, "goes out")
    yield _turn(300, y - 8)
    yield _text(334, y, "LAN clients may use the public address as well")
    yield _rect("own", 690, y - 14, 716, y + 2)
    yield _text(724, y, "reserved for one host: it leaves with this address too")


def render(plan: Plan) -> str:
    """Return the picture. It is drawn by lanes: a service goes from who may use it, through the router, to its host."""
    shown, more = lanes(plan)
    head = _head(plan)
    y = _TOP + 38 + 16 * len(head)
    front: list[str] = []
    back: list[str] = []
    top = _TOP
    for lan, rows in by_lan(plan, shown):
        title = [_text(_LAN[0] + 14, top + 22, lan.interface, "t"), _text(_LAN[0] + 14, top + 41, _networks(lan))]
        y = max(y, top + _TITLE)
        front += title if rows else [*title, _text(_HOST[0], y + 14, "no service")]
        drawn = list(_hosts(rows, y))
        front += [part for part, _next in drawn]
        bottom = drawn[-1][1] if drawn else y + 24
        back.append(_rect("lan", _LAN[0], top, _LAN[1], bottom + 12, 10))
        top = bottom + 12 + 14
        y = top
    bottom = top - 14
    inside = [line for text in management(plan) for line in _fold(text, _ROUTER[1] - _ROUTER[0] - 24, 3)]
    end = bottom + (30 + 16 * len(inside) if inside else 0)
    front += [_text(_OUT[0] + 12, _TOP + 22, "outside", "t"), _text(_ROUTER[0] + 12, _TOP + 22, "router", "t")]
    front += [_text(_ROUTER[0] + 12, _TOP + 40 + 16 * number, line) for number, line in enumerate(head)]
    if inside:
        front.append(f'  <path class="r" d="M{_ROUTER[0] + 10} {bottom + 4} H{_ROUTER[1] - 10}"/>')
        front.append(_text(_ROUTER[0] + 12, bottom + 20, "the router itself:"))
        front += [_text(_ROUTER[0] + 12, bottom + 36 + 16 * number, line) for number, line in enumerate(inside)]
    back += [_rect("out", *_corner(_OUT, end)), _rect("box", *_corner(_ROUTER, end))]
    notes = [*rest(plan), *([f"And {more} more arrows that are not drawn."] if more else [])]
    legend = list(_legend(end + 28, notes))
    body = "\n".join([*back, *front, *legend])
    return _document(end + 72, len(shown) + more, body)


def _corner(column: tuple[int, int], bottom: int) -> tuple[int, int, int, int, int]:
    return column[0], _TOP, column[1], bottom, 10


def _document(height: int, count: int, body: str) -> str:
    label = f"The forwarding plan: {count} ways through the router, with their addresses and ports"
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif"'
    page = f'  <rect class="page" width="{_WIDTH}" height="{height}"/>'
    return f'{start} font-size="14" role="img" aria-label="{label}">\n  <style>{_STYLE}  </style>\n{page}\n{body}\n</svg>\n'
