"""Where the boxes and ways of the network picture are; the template puts them down as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .problems import BROKEN, NOT_JUDGED, OK, WARNING

Data = Mapping[str, Any]
WORDS = {OK: "works", WARNING: "works, with a warning", BROKEN: "broken", NOT_JUDGED: "not judged", "": ""}
MARKS = {OK: "ok", WARNING: "warning", BROKEN: "broken", NOT_JUDGED: "none", "": ""}
#: The picture is narrow enough for a phone: two columns, and from top to bottom the outside, the router, the site, its people.
_WIDTH, _BOX, _GAP = 480, 208, 72
_COLUMNS = (0, _WIDTH - _BOX)
_GRID = (("outside", "public names"), ("router", ""), ("chat", "names"), ("lan", "controller"))
_TITLE, _LINE, _PAD = 32, 21, 9
_FITS = 28
#: How far along a way its mark is; ways that cross have it near their beginning.
_MIDDLE, _EARLY = 0.5, 0.3


def drawing(picture: Data) -> dict[str, Any]:
    """Width, height, ``boxes`` and ``ways`` in the units of the SVG, and ``words`` that say the same."""
    places, height = _places(picture["boxes"])
    boxes = [_box(picture["boxes"][name], place) for name, place in places.items()]
    ways = [_way(one, places) for one in picture["ways"]]
    titles = {name: box["title"] for name, box in picture["boxes"].items()}
    words = [
        f"{titles[one['start']]} to {titles[one['end']].lower()} ({one['said']}): {WORDS[one['state']]}"
        for one in picture["ways"]
    ]
    return {"width": _WIDTH, "height": height, "boxes": boxes, "ways": ways, "words": ". ".join(words)}


def _places(boxes: Data) -> tuple[dict[str, tuple[int, int, int]], int]:
    """x, y and height of every box; a row of the grid is as high as the higher of its boxes."""
    places: dict[str, tuple[int, int, int]] = {}
    top = 1
    for row in _GRID:
        present = [name for name in row if name in boxes]
        if not present:
            continue
        height = max(_TITLE + _LINE * len(boxes[name]["rows"]) + _PAD for name in present)
        for column, name in zip(_COLUMNS, row):
            if name in boxes:
                places[name] = (column, top, height)
        top += height + _GAP
    return places, top - _GAP + 2


def _box(box: Data, place: tuple[int, int, int]) -> dict[str, Any]:
    x, y, height = place
    rows = [
        {
            "text": row["text"] if len(row["text"]) <= _FITS else row["text"][: _FITS - 1] + "\u2026",
            "mark": MARKS[row["state"]],
            "y": y + _TITLE + _LINE * at + 14,
        }
        for at, row in enumerate(box["rows"])
    ]
    return {"title": box["title"], "x": x, "y": y, "width": _BOX, "height": height, "rows": rows, "mark_x": x + _BOX - 18}


def _way(way: Data, places: Mapping[str, tuple[int, int, int]]) -> dict[str, Any]:
    start, end = places[way["start"]], places[way["end"]]
    if (way["start"], way["end"]) == ("lan", "router"):
        return _around(way, start, end)
    if (way["start"], way["end"]) == ("lan", "names") and "controller" not in places:
        return _corner(way, start, end)
    if start[1] == end[1]:
        a, b = (start[0] + _BOX, start[1] + start[2] // 2), (end[0], end[1] + end[2] // 2)
    else:
        down = start[1] < end[1]
        y1, y2 = (start[1] + start[2], end[1]) if down else (start[1], end[1] + end[2])
        straight = start[0] == end[0]
        x1, x2 = (start[0] + _BOX // 3,) * 2 if straight else (_near(start, end), _near(end, start))
        a, b = (x1, y1), (x2, y2)
    along = _MIDDLE if a[0] == b[0] or a[1] == b[1] else _EARLY
    mark = (round(a[0] + (b[0] - a[0]) * along), round(a[1] + (b[1] - a[1]) * along))
    flat = a[1] == b[1]
    label = (mark[0], mark[1] + 27) if flat else (mark[0] + 17, mark[1] + 5)
    return _drawn(way, f"M{a[0]} {a[1]}L{b[0]} {b[1]}", b, _angle(a, b), mark, label, "middle" if flat else "start")


def _near(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    """Where a slanted way leaves a box: towards the other one."""
    return one[0] + (_BOX * 3 // 4 if other[0] > one[0] else _BOX // 4)


def _corner(way: Data, start: tuple[int, int, int], end: tuple[int, int, int]) -> dict[str, Any]:
    """To the right and up, where nothing is below the box that it leads to."""
    x, y, tip = end[0] + _BOX // 3, start[1] + start[2] * 3 // 4, end[1] + end[2]
    path = f"M{start[0] + _BOX} {y}H{x - 8}Q{x} {y} {x} {y - 8}V{tip}"
    mark = (x, tip + _GAP // 2)
    return _drawn(way, path, (x, tip), -90, mark, (x + 17, mark[1] + 5), "start")


def _around(way: Data, start: tuple[int, int, int], end: tuple[int, int, int]) -> dict[str, Any]:
    """By the gutter between the columns, from the right side of one box to the right side of the other."""
    x, gutter = _BOX, _WIDTH // 2
    y1, y2 = start[1] + start[2] // 4, end[1] + end[2] // 2
    path = f"M{x} {y1}H{gutter - 8}Q{gutter} {y1} {gutter} {y1 - 8}V{y2 + 8}Q{gutter} {y2} {gutter - 8} {y2}H{x}"
    mark = (gutter, end[1] + end[2] + _GAP // 2)
    return _drawn(way, path, (x, y2), 180, mark, (gutter + 17, mark[1] + 5), "start")


def _drawn(
    way: Data, path: str, tip: tuple[int, int], angle: int, mark: tuple[int, int], label: tuple[int, int], anchor: str
) -> dict[str, Any]:
    return {
        "path": path,
        "tip": tip,
        "angle": angle,
        "mark": MARKS[way["state"]],
        "mark_at": mark,
        "label": way["said"],
        "label_at": label,
        "anchor": anchor,
    }


def _angle(a: tuple[int, int], b: tuple[int, int]) -> int:
    return round(math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])))
