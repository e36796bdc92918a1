"""What is wrong with the description of a domain, each with the place where it stands."""

from __future__ import annotations

from ..intent.error import IntentError


class DnsError(IntentError):
    """The domain cannot be served as described; holds every problem that was found, not just the first."""


class NameFault(ValueError):
    """A text is not a domain name; says why."""
