"""Looking at a page: on a desk and on a phone, in light, in dark, on paper. The pictures are for people, the rest is judged."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, Desk

from .axe import source, told

PICTURES = CHECKOUT / ".cache/looks"
#: What leads out of a page; the browser's own pages and what is in the file do not.
OUTSIDE = ("http", "https", "ws", "wss")


@dataclass(frozen=True)
class View:
    """How somebody looks: a window in CSS pixels, whether it is a phone's, light or dark, on a screen or on paper."""

    width: int
    height: int
    phone: bool = False
    scheme: str = "light"
    media: str = "screen"


VIEWS = {
    "desktop-light": View(1280, 900),
    "desktop-dark": View(1280, 900, scheme="dark"),
    "phone-light": View(390, 844, phone=True),
    "phone-dark": View(390, 844, phone=True, scheme="dark"),
    "paper": View(794, 1123, media="print"),  # A4 at 96 points an inch
}


def look(viewer: Desk, name: str, open_page: Callable[[Desk], object], unfold: bool = False) -> list[str]:
    """Open a page in every view, keep ``.cache/looks/NAME-VIEW.png`` and return all that is wrong with it.

    ``viewer`` is actors/viewer.py on a desk. ``open_page`` opens the page there. With ``unfold`` everything folded is open in the
    pictures as well; axe always judges it open, since it does not see what is folded.
    """
    axe, wrong = source(), []
    PICTURES.mkdir(parents=True, exist_ok=True)
    for view, how in VIEWS.items():
        viewer.sit(how.width, how.height, how.phone, how.scheme, how.media)
        open_page(viewer)
        if unfold:
            viewer.unfold()
        (PICTURES / f"{name}-{view}.png").write_bytes(base64.b64decode(viewer.picture()))
        found = viewer.console()
        viewer.unfold()
        found += [f"wider than the window: {one}" for one in viewer.overflow()]
        found += told(viewer.audit(axe))
        viewer.console()  # axe's own
        wrong += [f"{name}-{view}: {one}" for one in found]
    return wrong


def look_at_html(viewer: Desk, name: str, html: str, unfold: bool = False) -> list[str]:
    """Look at a page that is one file; it must not ask anybody for anything."""
    viewer.requested()  # what was asked for before
    wrong = look(viewer, name, lambda desk: desk.read(html), unfold)
    asked = {one for one in viewer.requested() if urlsplit(one).scheme in OUTSIDE}
    return wrong + [f"{name}: asks for {one}" for one in sorted(asked)]


def look_at(viewer: Desk, name: str, url: str, unfold: bool = False) -> list[str]:
    """Look at a page that a server of the site has."""
    return look(viewer, name, lambda desk: desk.go(url), unfold)
