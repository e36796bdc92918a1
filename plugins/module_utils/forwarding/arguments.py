"""The options of onprem.chat.forwarding_plan: its module documents them, module and action take them."""

from __future__ import annotations

from typing import Any

#: What an intent is made of is left raw: the core reports all of its faults together, each with its path.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "router": {"type": "raw", "required": True},
    "services": {"type": "raw", "default": []},
    "targets": {"type": "list", "elements": "raw", "default": ["nftables"]},
    "user_networks": {"type": "raw", "default": []},
    "names": {"type": "raw", "default": {}},
    "sheet": {"type": "raw", "default": {}},
    "lab": {"type": "raw", "default": False},
    "path_prefix": {"type": "str", "default": ""},
}
