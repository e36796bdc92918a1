# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet that a person gets: one page to print, with a link that nobody else may see."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --text: #222; --quiet: #555; --line: #999; --accent: #1f5f8b; --page: #fff; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #eee; --quiet: #bbb; --line: #777; --accent: #8fcaf0; --page: #1e1f29; }
}
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 1.0625rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 44rem; padding: 2rem 1.25rem; }
h1 { color: var(--accent); font-size: 1.75rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: 0 0 .75rem; }
.ways { align-items: center; border: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 1.5rem; }
.ways { margin: 1.5rem 0; padding: 1.25rem; }
.ways > div { flex: 1 1 15rem; min-width: 0; }
.qr { flex: none; height: 13rem; width: 13rem; }
.link { font: 1rem/1.6 ui-monospace, monospace; overflow-wrap: anywhere; word-break: break-all; }
a { color: inherit; text-decoration: none; }
li { margin-bottom: .5rem; }
.until { border-inline-start: 4px solid var(--accent); padding-inline-start: .75rem; }
@page { margin: 18mm; }
@media print { body { max-width: none; padding: 0; } }
"""


@dataclass(frozen=True)
class Sheet:
    """What stands on it. The link is a secret; times in seconds since 1970."""

    name: str
    display_name: str
    chat_name: str
    title: str
    link: str = field(repr=False)
    code: str = field(repr=False)  # the link as a QR code, an svg element
    expires: int = 0
    start_url: str = ""  # where a device learns to trust the site; empty where it does anyway


def render(sheet: Sheet, language: str, words: Mapping[str, Any]) -> str:
    """The page, whole in itself: it asks for nothing. C(words) is the catalogue of that language."""
    values = {
        "name": sheet.name,
        "title": sheet.title,
        "start": sheet.start_url,
        "web": f"https://{sheet.chat_name}/",
        "address": f"{sheet.name}@{sheet.chat_name}",
        "date": datetime.fromtimestamp(sheet.expires, timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }

    def say(key: str, **other: str) -> str:
        return html.escape(str(words["sheet"][key]).format(**{**values, **other}))

    steps = [*(["trust"] if sheet.start_url else []), "choose", "chat", "client"]
    link = html.escape(sheet.link)
    return f"""<!doctype html>
<html lang="{html.escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{say("title", name=sheet.display_name or sheet.name)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{say("title", name=sheet.display_name or sheet.name)}</h1>
<p>{say("hello")}</p>
<div class="ways">
{sheet.code}
<div>
<p>{say("scan")}</p>
<p>{say("type")}</p>
<p class="link"><a href="{link}" rel="noreferrer">{link}</a></p>
</div>
</div>
<p class="until">{say("until")}</p>
<h2>{say("begin")}</h2>
<ol>
{"".join(f"<li>{say(step)}</li>" for step in steps)}
</ol>
</main>
</body>
</html>
"""
