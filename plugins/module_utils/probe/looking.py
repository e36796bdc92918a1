"""Answers rungs by their kind, whatever goes wrong with one of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Callable

from ..verify.ladder import Observation, Rung

Kinds = Mapping[str, Callable[[Rung], Observation]]


def look(kinds: Kinds, rung: Rung) -> Observation:
    """What is seen at a rung, with the milliseconds that it took, unless it was seen before and says so itself."""
    begun = time.monotonic()
    seen = _guarded(kinds, rung)
    took = round((time.monotonic() - begun) * 1000)
    return replace(seen, facts={"milliseconds": took, **seen.facts})


def _guarded(kinds: Kinds, rung: Rung) -> Observation:
    try:
        return kinds[rung.kind](rung)
    except ImportError as error:
        return Observation(str(error), "library")
    except Exception as error:
        # a verdict on the other rungs is worth more than a traceback of this one
        return Observation(f"{type(error).__name__}: {error}", "probe")
