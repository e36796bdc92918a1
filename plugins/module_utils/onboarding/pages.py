# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: for each language and each kind of device what its template needs, as HTML that is ready to stand there."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

from . import powershell
from .catalogue import Catalogue
from .model import SYSTEMS, Client, Start
from .root import Root, groups
from .trust_files import file_stem

#: In which form a kind of device takes a root certificate.
SUFFIX = {"windows": "cer", "macos": "cer", "ios": "mobileconfig", "android": "crt", "linux": "crt", "other": "crt"}
#: Further ways, folded away: their keys in the catalogues.
WAYS = {
    "windows": ("powershell", "script", "firefox", "administrators"),
    "macos": ("terminal", "firefox"),
    "android": ("firefox_android",),
    "linux": ("chromium", "firefox"),
}
#: Programs that need no service outside.
APPS = {"windows": "Gajim", "macos": "Monal", "ios": "Monal", "android": "Conversations", "linux": "Gajim, Dino"}

Draw = Callable[[str, str], str]


def pages(start: Start, catalogues: Sequence[Catalogue], draw: Draw) -> list[dict[str, Any]]:
    """Return C({path, template, page}) of every page; C(draw) makes the picture of a QR code of (text, label)."""
    found = []
    for texts in catalogues:
        for system in SYSTEMS:
            page = {**_frame(start, texts, catalogues, system), **_device(start, texts, system), **_codes(start, texts, draw)}
            found.append({"path": f"{texts.language}/{system}.html", "template": "start.html.j2", "page": page})
        sheet = {**_frame(start, texts, catalogues, "print"), **_codes(start, texts, draw)}
        found.append({"path": f"{texts.language}/print.html", "template": "sheet.html.j2", "page": sheet})
    return found


def _values(start: Start, system: str) -> dict[str, str]:
    """What the places of a text are filled with."""
    root = start.root
    return {
        "title": start.title,
        "name": start.name,
        "help": start.help,
        "root": root.name if root else "",
        "day": root.last_day if root else "",
        "domains": ", ".join(root.domains) if root else "",
        "stem": file_stem(start),
        "file": f"{file_stem(start)}.{SUFFIX.get(system, 'crt')}",
        "apps": APPS.get(system, ""),
    }


def _frame(start: Start, texts: Catalogue, catalogues: Sequence[Catalogue], system: str) -> dict[str, Any]:
    """What every page has: words, the menus, the fingerprint."""
    values = _values(start, system)
    return {
        "language": texts.language,
        "system": system,
        "t": {key: texts.html(key, **values) for key, text in texts.texts.items() if isinstance(text, str)},
        "help": texts.steps("help.steps" if start.root else "help.steps.known", **values),
        "helped": bool(start.help),
        "languages": [
            {"code": one.language, "name": html.escape(one.name), "path": f"/start/{one.language}/{system}"} for one in catalogues
        ],
        "devices": [
            {"system": one, "name": texts.html(f"device.{one}"), "path": f"/start/{texts.language}/{one}"} for one in SYSTEMS
        ],
        "name": html.escape(start.name),
        "chat": html.escape(start.chat),
        "start": html.escape(start.page),
        "root": _root(start.root) if start.root else None,
    }


def _root(root: Root) -> dict[str, Any]:
    return {"sha256": groups(root.sha256), "sha1": groups(root.sha1), "limited": bool(root.domains)}


def _device(start: Start, texts: Catalogue, system: str) -> dict[str, Any]:
    """What is different from device to device."""
    values = _values(start, system)
    files = [_client(start, one) for one in start.clients if one.system == system]
    found: dict[str, Any] = {"clients": files, "apps": bool(values["apps"]), "xmpp": start.xmpp, "more": []}
    if start.root:
        found["download"] = f"/start/files/{file_stem(start)}.{SUFFIX[system]}"
        found["script"] = f"/start/files/{file_stem(start)}.ps1"
        found["steps"] = texts.steps(f"{system}.steps", **values)
        codes = _commands(start, start.root)
        for way in WAYS.get(system, ()):
            section = {"way": way, "title": texts.html(f"{way}.title", **values), "steps": texts.steps(f"{way}.steps", **values)}
            found["more"].append({**section, "code": html.escape(codes.get(way, ""))})
    return found


def _commands(start: Start, root: Root) -> dict[str, str]:
    """Lines to copy; the address of the file is plain http, for nothing else works yet."""
    stem = file_stem(start)
    address = f"http://{start.name}/start/files/{stem}"
    return {
        "powershell": powershell.line(f"{address}.cer", root),
        "script": f"powershell -ExecutionPolicy Bypass -File {stem}.ps1",
        "terminal": "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "
        + f"~/Downloads/{stem}.cer",
        "chromium": f'mkdir -p $HOME/.pki/nssdb; certutil -A -d sql:$HOME/.pki/nssdb -t C,, -n "{start.name}" -i {stem}.crt',
    }


def _client(start: Start, one: Client) -> dict[str, str]:
    """A program comes over https even from the page that did not: by then the device trusts the server."""
    return {
        "title": html.escape(one.title),
        "path": html.escape(f"{start.chat}start/clients/{one.file}"),
        "file": html.escape(one.file),
        "size": size(one.size),
        "sha256": " ".join(groups(one.sha256, 8)),
    }


def _codes(start: Start, texts: Catalogue, draw: Draw) -> dict[str, str]:
    """The two addresses for the camera of a phone. The words stand beside the pictures too."""
    return {"qr_start": draw(start.page, f"QR: {start.page}"), "qr_chat": draw(start.chat, f"QR: {start.chat}")}


def size(count: int) -> str:
    """Return a number of bytes as people say it, in powers of ten."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.0f} {unit}" if count >= 10 * scale else f"{count / scale:.1f} {unit}"
    return f"{count} B"
