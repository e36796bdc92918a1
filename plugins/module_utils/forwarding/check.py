"""Check: the rules that need the whole intent."""

from __future__ import annotations

from collections.abc import Sequence

from ..intent.error import Problems
from .check_names import Pinned, check_leaving
from .check_networks import check_networks
from .check_openings import check_openings
from .check_router import check_router
from .check_service import check_services
from .model import Public
from .rows import Intent


def check(intent: Intent, publics: Sequence[tuple[str, Public]], pinned: Pinned, problems: Problems) -> None:
    """Note everything in ``problems`` that the rows of ``intent`` do to each other.

    ``publics`` are the router's public addresses (check_public.settle), ``pinned`` the addresses of names (check_names.pin).
    """
    check_router(intent.router, problems)
    check_services(intent, publics, problems)
    check_openings(intent, publics, problems)
    check_leaving(intent, publics, pinned, problems)
    check_networks(intent, problems)
