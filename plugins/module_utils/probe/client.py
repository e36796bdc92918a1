"""The web client as a browser has it: what its policy allows, and what it really asks for."""

from __future__ import annotations

import http.client
from collections.abc import Sequence

from ..verify import classify
from ..verify.ladder import Observation, Rung
from ..verify.policy import outside
from . import web


def of_page(rung: Rung, names: Sequence[str], browser: bool, timeout: float) -> Observation:
    """Whether the page asks nobody but the server: by its policy, and in Chromium where there is one."""
    try:
        answer, _body = web.fetch(f"https://{rung.target}/", timeout)
    except (OSError, http.client.HTTPException) as error:
        return Observation(classify.words(error), "web-status")
    faults = outside(answer.getheader("Content-Security-Policy", ""), names)
    if faults:
        return Observation(f"its policy: {', '.join(faults)}", "web-policy")
    return Observation("its policy allows no other")
