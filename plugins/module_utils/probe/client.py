"""The web client as a browser has it: what its policy allows, and what it really asks for."""

from __future__ import annotations

import http.client
from collections.abc import Sequence

from ..verify import classify, netlog
from ..verify.ladder import Observation, Rung
from ..verify.policy import outside
from . import browser, transport, web

#: What the log-in form cannot be without.
_FORM = "<input"


def of_page(rung: Rung, names: Sequence[str], real: bool, timeout: float) -> Observation:
    """Whether the page asks nobody but the server: by its policy, and with ``real`` in Chromium where there is one."""
    try:
        answer, _body = web.fetch(f"https://{rung.target}/", timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "web-status")
    faults = outside(answer.getheader("Content-Security-Policy", ""), names)
    if faults:
        return Observation(f"its policy: {', '.join(faults)}", "web-policy")
    allowed = Observation("its policy allows no other")
    return _in_browser(rung, names, allowed, timeout) if real and browser.program() else allowed


def _in_browser(rung: Rung, names: Sequence[str], allowed: Observation, timeout: float) -> Observation:
    name = rung.target
    try:
        visit = browser.visit(name, transport.key(name, rung.port, timeout))
    except browser.NoBrowser as error:
        return Observation(f"{allowed.seen}; Chromium did not run: {error}")
    asked = netlog.hosts(visit.log, f"https://{name}")
    others = [host for host in asked if host not in names]
    if others:
        return Observation(f"it asked {', '.join(others)}", "web-outside", {"asked": asked})
    if _FORM not in visit.drawn:
        return Observation("Chromium shows no log-in form", "web-blank", {"asked": asked})
    return Observation(f"{allowed.seen}; Chromium drew it and asked {', '.join(asked)} alone", "", {"asked": asked})
