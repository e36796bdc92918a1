"""Render: the hand-off sheet as one HTML file without scripts or references, for screens, phones and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from .model import Lines, Points, Sheet, Table, Trials, Words

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1c2733;--soft:#465666;--line:#c9d3dd;--code:#f2f5f8;--mark:#0b5cad}
@media (prefers-color-scheme:dark){
:root{--page:#14191f;--ink:#e6ecf2;--soft:#b3c0cc;--line:#3a4754;--code:#1f2730;--mark:#7fb8f0}
}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.25rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.6rem 0}
ul{margin:.6rem 0;padding-left:1.2rem}
li{margin:.25rem 0}
.number{color:var(--soft);margin:0 0 1.25rem}
table{border-collapse:collapse;width:100%;margin:.75rem 0}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.875rem}
th,td{padding:.4rem .9rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td:last-child,th:last-child{padding-right:0}
code,pre{font:.875rem/1.5 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;background:var(--code);margin:.3rem 0;padding:.5rem .75rem;border-radius:6px}
ol{list-style:none;margin:0;padding:0}
ol li{margin:0 0 1rem}
.what{display:flex;gap:.6rem;align-items:baseline;margin:0}
.box{flex:none;width:.9rem;height:.9rem;border:1.5px solid var(--soft);border-radius:3px;align-self:center}
.no{font-weight:600;color:var(--mark);flex:none;min-width:2rem}
.answer{background:none;border-left:3px solid var(--line);border-radius:0;padding:.1rem .75rem;color:var(--soft)}
@media (max-width:40rem){
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tr,td{display:block}
tr{border-bottom:1px solid var(--line);padding:.5rem 0}
td{border:0;padding:.1rem 0;display:grid;grid-template-columns:8.5rem 1fr}
td::before{content:attr(data-head);color:var(--soft);font-size:.875rem}
}
@media print{
body{font-size:10.5pt}main{max-width:none;padding:0}
h2,h3{break-after:avoid}tr,ol li{break-inside:avoid}
pre{background:none;border:1px solid var(--line)}.answer{border-width:0 0 0 3px}
}
"""
#: Nothing is asked for from anywhere, whoever opens the file.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def _words(block: Words) -> Iterator[str]:
    yield f"<p>{escape(block.text)}</p>"


def _points(block: Points) -> Iterator[str]:
    yield "<ul>"
    yield from (f"<li>{escape(text)}</li>" for text in block.texts)
    yield "</ul>"


def _table(block: Table) -> Iterator[str]:
    """Yield a table; on a phone each row becomes a list of its cells, and the roles say that it is a table still."""
    heads = "".join(f'<th scope="col" role="columnheader">{escape(head)}</th>' for head in block.heads)
    yield f'<table role="table">\n<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n<tbody role="rowgroup">'
    for row in block.rows:
        cells = []
        for index, (head, cell) in enumerate(zip(block.heads, row)):
            shown = f"<code>{escape(cell)}</code>" if index in block.code and cell else f"<span>{escape(cell)}</span>"
            cells.append(f'<td role="cell" data-head="{escape(head)}">{shown}</td>')
        yield f'<tr role="row">{"".join(cells)}</tr>'
    yield "</tbody>\n</table>"


def _lines(block: Lines) -> Iterator[str]:
    yield f"<pre>{escape(chr(10).join(block.lines))}</pre>"


def _trials(block: Trials) -> Iterator[str]:
    yield f"<h3>{escape(block.seat)}</h3>\n<ol>"
    for one in block.rows:
        head = f'<span class="box" aria-hidden="true"></span><span class="no">{one.number}</span><span>{escape(one.what)}</span>'
        yield f'<li><p class="what">{head}</p>'
        yield f'<pre>{escape(one.command)}</pre>\n<pre class="answer">{escape(one.answer)}</pre></li>'
    yield "</ol>"


BLOCKS: dict[type, Callable[[Any], Iterator[str]]] = {
    Words: _words,
    Points: _points,
    Table: _table,
    Lines: _lines,
    Trials: _trials,
}


def render(sheet: Sheet) -> str:
    """Return the sheet as an HTML document."""
    title = escape(sheet.title)
    lines = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>",
        f'<p class="number">Sheet {sheet.number}. A later sheet with another number takes its place.</p>',
        *(f"<p>{escape(text)}</p>" for text in sheet.lead),
    ]
    for section in sheet.sections:
        lines.append(f"<section>\n<h2>{escape(section.title)}</h2>")
        for block in section.blocks:
            lines += BLOCKS[type(block)](block)
        lines.append("</section>")
    return "\n".join([*lines, "</main>\n</body>\n</html>"]) + "\n"
