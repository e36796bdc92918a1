"""The options of onprem.chat.site_plan, as its module and its action plugin take them."""

from __future__ import annotations

from .parse import AIR_GAP, SITUATIONS

ARGUMENTS = {"situation": {"type": "str", "choices": list(SITUATIONS), "default": AIR_GAP}}
