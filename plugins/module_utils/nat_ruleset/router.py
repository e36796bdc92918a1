# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a seat from one state to the next: load, wait for the confirmation, keep or fall back."""

from __future__ import annotations

import socket
import time
from typing import Any

from . import conntrack, decision, installation, kernel
from .difference import differences
from .error import NatRulesetError
from .flows import Openings, stale
from .model import FORWARDING4, FORWARDING6, PARTS, Wanted, digest
from .store import Pending, Store
from .view import Request, View, look


def apply(store: Store, request: Request, check: bool, diff: bool) -> dict[str, Any]:
    """Bring the seat to what is wanted; gives the facts of the run.

    C(pending) among them is the token that the confirmation has to name.
    """
    if check:
        view = look(store, request, check)
        return {**_facts(view), **({"diff": differences(view)} if diff else {})}
    with store.lock():
        view = look(store, request)
        facts = {**_facts(view), **({"diff": differences(view)} if diff else {})}
        if not view.changed:
            if view.pending:  # of a run that died, and what it had loaded is gone again
                _settle(store, view.pending)
            return facts
        installation.install(store, request.sources)
        if view.decision.confirm:
            return {**facts, "pending": _promise(store, request, view), "seconds": request.seconds}
        _run(store, view)
        facts["cut"] = _keep(store, view.confirmed, view.wanted)
        if view.pending:
            _settle(store, view.pending)
        return facts


def _facts(view: View) -> dict[str, Any]:
    return {"changed": view.changed, "parts": view.parts, "digest": view.wanted.digest(), "files": list(view.files)}


def _promise(store: Store, request: Request, view: View) -> str:
    """Load unconfirmed; the timer that falls back runs before anything else happens."""
    store.promise(Pending(request.token, time.monotonic() + request.seconds, view.wanted))
    installation.arm(store, request.token, request.seconds)
    if view.pending:
        installation.disarm(store, view.pending.token)
    _run(store, view)
    pending = store.pending()
    if pending is None or pending.token != request.token:  # the timer would not wait for a load that takes that long
        restore(view.confirmed, view.wanted)
        raise NatRulesetError(f"loading took longer than confirm_seconds ({request.seconds}); the confirmed state is back")
    return request.token


def _run(store: Store, view: View) -> None:
    """Rules first: nothing is forwarded that they do not see. When one part fails all go back."""
    try:
        for part in view.decision.load:
            kernel.load(part, view.wanted.texts.get(part, ""))
        kernel.set_settings(view.decision.settings)
    except NatRulesetError as error:
        restore(view.confirmed, view.wanted)
        pending = store.pending()
        if pending:
            _settle(store, pending)
        raise NatRulesetError(f"{error}; the confirmed state is back") from error
    if view.pending:  # what only an unconfirmed run had let in
        purge(view.pending.wanted, view.wanted)


def _keep(store: Store, before: Wanted | None, wanted: Wanted) -> int:
    """Make a state the confirmed one; gives how many connections were cut. Killed anywhere, a second run ends it."""
    cut = purge(before, wanted)
    store.confirm(wanted)
    installation.write_conf(store, wanted)
    installation.start(store)
    return cut


def _settle(store: Store, pending: Pending) -> None:
    store.forget()
    installation.disarm(store, pending.token)


def confirm(store: Store, token: str) -> dict[str, Any]:
    """The new connection works: what runs is what stays."""
    who = store.seat.who
    with store.lock():
        pending, confirmed = store.pending(), store.confirmed()
        if confirmed and store.thanked() == token:
            return {"cut": 0, "digest": confirmed.digest()}
        if pending is None:
            raise NatRulesetError(f"the new rules were not confirmed in time; the {who} has gone back to the confirmed ones")
        if pending.token != token:
            raise NatRulesetError("another run has put rules of its own in place of these; they are not confirmed")
        live = {part: digest(kernel.canonical(part, kernel.listing(part))) for part in store.seat.parts}
        if other := decision.differing(pending.wanted.canonical, live):
            raise NatRulesetError(
                f"the rules that run are no longer the new ones ({', '.join(other)}): something has reloaded the packet filter; "
                f"the {who} goes back to the confirmed ones in {pending.left()} s"
            )
        cut = _keep(store, confirmed, pending.wanted)
        store.thank(token)
        _settle(store, pending)
        return {"cut": cut, "digest": pending.wanted.digest()}


def fall_back(store: Store, token: str) -> str:
    """Nobody has confirmed: back to what was confirmed before; gives words for the log."""
    with store.lock(30, insist=True):  # better two at once than a router that nobody reaches
        pending, confirmed = store.pending(), store.confirmed()
        if pending is None or pending.token != token:
            return "there is nothing to fall back from"
        if pending.wanted.same(confirmed):
            store.forget()
            return "the rules had been confirmed"
        restore(confirmed, pending.wanted)
        store.forget()
        return "nobody confirmed the new rules; the confirmed ones are back" if confirmed else "nobody confirmed the rules; gone"


def restore(target: Wanted | None, leaving: Wanted) -> None:
    """Put a state back, every part of it that can be; raises L(NatRulesetError) with the last trouble at the end."""
    trouble: NatRulesetError | None = None
    texts = target.texts if target else {}
    for part in PARTS:
        if texts.get(part) or leaving.texts.get(part):
            try:
                kernel.load(part, texts.get(part, ""))
            except NatRulesetError as error:
                trouble = error
    kept = target.sysctl if target else {}
    kernel.give_back_settings({name: value for name, value in leaving.original.items() if name not in kept})
    kernel.set_settings(kept)
    purge(leaving, target)
    if trouble:
        raise trouble


def purge(before: Wanted | None, after: Wanted | None) -> int:
    """Cut the connections of openings that are no more, and no others."""
    if before is None or not before.openings:
        return 0
    if after is not None and (before.openings, before.networks) == (after.openings, after.networks):
        return 0
    own = kernel.own_addresses()
    inside = (*before.networks, *own), (*(after.networks if after else before.networks), *own)
    old, new = Openings(before.openings), Openings(after.openings if after else ())
    families = {socket.AF_INET6 if ":" in str(row["host"]) else socket.AF_INET for row in before.openings}
    return sum(conntrack.cut(stale(conntrack.flows(family), old, new, inside)) for family in sorted(families))


def load(store: Store) -> str:
    """Load what is confirmed, as at boot; gives words for the log.

    A router that cannot load its filter forwards nothing.
    """
    with store.lock():
        confirmed = store.confirmed()
        if confirmed is None:
            return "nothing is confirmed; nothing is loaded"
        try:
            for part, text in sorted(confirmed.texts.items()):
                if text:
                    kernel.load(part, text)
        except NatRulesetError:
            if not all(kernel.canonical(part, kernel.listing(part)) for part, text in confirmed.texts.items() if text):
                kernel.set_settings({name: "0" for name in (FORWARDING4, FORWARDING6) if name in confirmed.sysctl})
            raise
        kernel.set_settings(confirmed.sysctl)
        return "the confirmed rules are loaded"


def remove(store: Store, check: bool, diff: bool) -> dict[str, Any]:
    """Take every trace away; the kernel settings become what they were, and connections of our openings end."""
    if check:
        return _traces(store, diff)
    with store.lock():
        facts = _traces(store, diff)
        if facts["changed"]:
            pending, confirmed = store.pending(), store.confirmed()
            installation.disarm(store)
            installation.uninstall(store)
            for part in store.seat.parts:
                kernel.load(part, "")
            for state in (pending.wanted if pending else None, confirmed):
                if state:
                    kernel.give_back_settings(state.original)
                    facts["cut"] = facts.get("cut", 0) + purge(state, None)
            store.forget_all()
            installation.uninstall_program(store)
        store.unlock_for_good()
        return facts


def _traces(store: Store, diff: bool) -> dict[str, Any]:
    listings = {part: kernel.canonical(part, kernel.listing(part)) for part in store.seat.parts}
    found = installation.traces(store)
    facts: dict[str, Any] = {"changed": bool(found or any(listings.values()) or installation.armed(store)), "files": found}
    facts["parts"] = (["rules"] if any(listings.values()) else []) + (["files"] if found else [])
    facts["digest"] = ""
    if diff:
        header = store.seat.module.rpartition(".")[2]
        before = "".join(listings.values()) + "".join(f"{path}\n" for path in found)
        facts["diff"] = [{"before_header": header, "after_header": header, "before": before, "after": ""}]
    return facts


def describe(store: Store, texts: bool) -> dict[str, Any]:
    """The router as it is: what is confirmed, what runs, what is pending; changes nothing."""
    confirmed, pending = store.confirmed(), store.pending()
    listings = {part: kernel.canonical(part, kernel.listing(part)) for part in store.seat.parts}
    shown = pending.wanted if pending else confirmed
    live = {part: digest(text) for part, text in listings.items()}
    counts = kernel.settings(("net/netfilter/nf_conntrack_count", "net/netfilter/nf_conntrack_max"))
    return {
        "present": any(listings.values()),
        "backend": shown.backend if shown else "",
        "digest": confirmed.digest() if confirmed else "",
        "intact": shown is not None and not decision.differing(shown.canonical, live),
        "pending": pending is not None,
        "pending_digest": pending.wanted.digest() if pending else "",
        "seconds_left": pending.left() if pending else 0,
        "connections": int(counts["net/netfilter/nf_conntrack_count"] or 0),
        "connections_max": int(counts["net/netfilter/nf_conntrack_max"] or 0),
        "live": {part: text for part, text in listings.items() if text} if texts else {},
        "confirmed": {part: text for part, text in confirmed.texts.items() if text} if confirmed and texts else {},
    }
