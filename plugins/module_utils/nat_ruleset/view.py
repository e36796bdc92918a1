# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at the router: what is asked for, what is there, and what follows. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import decision, installation, kernel
from .decision import Decision
from .model import BACKENDS, FORWARDING4, FORWARDING6, Wanted, digest
from .store import Pending, Store

#: In place of a digest, where no program can say what a text becomes.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Request:
    """What a task asks for; C(sources) is the program for the router, C(token) names the run."""

    backend: str
    texts: Mapping[str, str]
    openings: tuple[Mapping[str, Any], ...]
    networks: tuple[str, ...]
    ipv6: bool
    advertised: tuple[str, ...]
    seconds: int
    token: str
    sources: Mapping[str, str]


@dataclass(frozen=True)
class View:
    """Everything that was read, and what follows from it."""

    wanted: Wanted
    confirmed: Wanted | None
    pending: Pending | None
    listings: Mapping[str, str]
    settings: Mapping[str, str | None]
    decision: Decision
    files: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is to be done."""
        return self.decision.needed or bool(self.files)

    @property
    def parts(self) -> list[str]:
        """What changes, in words."""
        found = ["rules"] if self.decision.load else []
        found += ["settings"] if self.decision.settings else []
        found += ["stored"] if self.decision.persist else []
        return found + (["files"] if self.files else [])


def look(store: Store, request: Request, check: bool = False) -> View:
    """Read the router and decide; changes nothing. Raises L(NatRulesetError), also for a ruleset that the kernel refuses.

    A program that is missing is no error in check mode: what would have installed it has only said so.
    """
    installation.check_host()
    confirmed, pending = store.confirmed(), store.pending()
    states = [confirmed, pending.wanted if pending else None]
    listings = {part: kernel.canonical(part, kernel.listing(part)) for part in store.seat.parts}
    names = {FORWARDING4, FORWARDING6, *(decision.accept_ra(interface) for interface in request.advertised)}
    names.update(name for state in states if state for name in state.sysctl)
    settings = kernel.settings(sorted(names))
    used = [part for part in BACKENDS[request.backend] if request.texts.get(part)]
    known = [part for part in used if kernel.available(part)] if check else used
    tools = kernel.tools(known)
    sysctl = decision.wanted_settings(request.ipv6, request.advertised, settings) if store.seat.forwards else {}
    wanted = Wanted(
        request.backend,
        request.texts,
        {part: _canonical(part, request.texts[part], tools, states) if part in known else UNKNOWN for part in used},
        request.openings,
        request.networks,
        sysctl,
        decision.original_settings(sysctl, settings, *states),
        tools,
    )
    live = {part: digest(listing) for part, listing in listings.items()}
    chosen = decision.decide(wanted, states, live, settings, request.seconds)
    for part in chosen.load:
        if request.texts.get(part) and part in known:
            kernel.test(part, request.texts[part])
    missing = installation.missing(store, request.sources)
    if installation.conf_missing(store, wanted):
        missing = [*missing, f"/{store.seat.sysctl}"]
    return View(wanted, confirmed, pending, listings, settings, chosen, tuple(missing))


def _canonical(part: str, text: str, tools: str, states: list[Wanted | None]) -> str:
    for state in states:
        if state and state.tools == tools and state.texts.get(part) == text and part in state.canonical:
            return state.canonical[part]
    return digest(kernel.rehearse(part, text))
