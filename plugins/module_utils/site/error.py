"""What is wrong with an inventory, each with the place where it stands."""

from __future__ import annotations

from ..intent.error import IntentError


class SiteError(IntentError):
    """The inventory does not describe a site; holds every problem that was found, not just the first."""
