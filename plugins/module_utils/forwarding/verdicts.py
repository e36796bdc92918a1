"""Verdicts: the plan's own claim of what every vantage reaches, what it does not, and whom it is seen as."""

from __future__ import annotations

from typing import Any

from .claims.book import Book
from .claims.judge import Judge
from .claims.openings import ask_forwards, ask_pinholes
from .claims.places import Places
from .claims.router import Router
from .claims.ways_out import WaysOut
from .model import Plan


def verdicts(plan: Plan) -> list[dict[str, Any]]:
    """Return the rows, always the same and in the same order for a plan; no two ask one question.

    ``vantage`` is wan, lan, ``host:<service>`` or router; ``interface`` the one it sits behind (None for the router), ``source``
    the address it sends from. ``family``, ``protocol``, ``destination`` and ``port`` (None without ports) are the packet's.
    ``outcome`` is reach or refuse. When it reaches, ``reaches`` and ``reaches_port`` say who answers, ``sees_source`` (client,
    router, public) and ``sees_address`` as whom the asker is seen; all None when refused. ``service`` is what the row is about,
    ``claim`` says why in a few words.
    """
    places = Places(plan)
    judge = Judge(plan, places)
    book = Book()
    ask_forwards(plan, places, judge, book)
    ask_pinholes(plan, places, judge, book)
    WaysOut(plan, places, judge, book).ask()
    Router(plan, places, judge, book).ask()
    return book.rows
