"""What is wrong with what a host is to let in, each with the place where it stands."""

from __future__ import annotations

from ..intent.error import IntentError


class HostFirewallError(IntentError):
    """There are no rules for what is described; holds every problem that was found, not just the first."""
