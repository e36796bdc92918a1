"""What is wrong with the intent of a forwarding plan, each with the place where it stands."""

from __future__ import annotations

from ..intent.error import IntentError


class ForwardingError(IntentError):
    """There is no plan for what is described; holds every problem that was found, not just the first."""
