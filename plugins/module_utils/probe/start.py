"""Looks at the page on which people begin, as a device does that trusts nothing yet."""

from __future__ import annotations

import http.client
import ssl

from ..verify import classify
from ..verify.ladder import Observation, Rung
from . import transport, web


def page(rung: Rung, ca: bool, timeout: float) -> Observation:
    """The start page of the rung's name; with ``ca`` also the root that it offers, which alone must do to trust the server."""
    there = f"{'https' if rung.port == 443 else 'http'}://{rung.target}/start"
    try:
        answer, body = web.fetch(there, timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "start-absent")
    if answer.status != 200:
        return Observation(f"HTTP {answer.status}", web.unlike(answer, "start-absent"))
    if rung.target.encode() not in body:
        return Observation(f"HTTP 200, {len(body)} bytes that do not name {rung.target}", "start-absent")
    return _root(rung, f"{there}/files/{rung.target}-root.crt", timeout) if ca else Observation(f"HTTP 200, {len(body)} bytes")


def _root(rung: Rung, url: str, timeout: float) -> Observation:
    """Whether a device that has taken the root from the page, and nothing else, trusts the server."""
    try:
        answer, body = web.fetch(url, timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(f"{url}: {classify.words(error)}", "start-root")
    if answer.status != 200:
        return Observation(f"{url}: HTTP {answer.status}", web.unlike(answer, "start-root"))
    try:
        # of nothing at all Python would make a context that trusts what this host trusts
        context = ssl.create_default_context(cadata=body.decode("ascii") or "nothing")
    except (ValueError, ssl.SSLError):
        return Observation(f"{url}: {len(body)} bytes that are no certificate", "start-root")
    try:
        transport.secured(rung.target, 443, "tls", context, timeout).close()
    except OSError as error:
        return Observation(f"with the root of {url}: {classify.words(error)}", "start-root")
    return Observation("HTTP 200, with the root of this server")
