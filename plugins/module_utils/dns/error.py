"""What is wrong with the description of a domain, each with the place where it stands."""

from __future__ import annotations

from ..intent import error as intent


class DnsError(intent.IntentError):
    """The domain cannot be served as described; holds every problem that was found, not just the first."""


class NameFault(ValueError):
    """A text is not a domain name; says why."""


class Problems(intent.Problems):
    """Collects faults; ``prefix`` stands before each path, such as the ``local_dns_`` of a role's variables."""

    def raise_any(self, error: type[intent.IntentError] = DnsError) -> None:
        """Raise DnsError when there is a fault."""
        super().raise_any(error)
