"""What is wrong with the intent of a forwarding plan, each with the place where it stands."""

from __future__ import annotations

from ..intent import error as intent


class ForwardingError(intent.IntentError):
    """There is no plan for what is described; holds every problem that was found, not just the first."""


class Problems(intent.Problems):
    """Collects faults; ``prefix`` stands before each path, such as the ``router_nat_`` of a role's variables."""

    def raise_any(self, error: type[intent.IntentError] = ForwardingError) -> None:
        """Raise ForwardingError when there is a fault."""
        super().raise_any(error)
