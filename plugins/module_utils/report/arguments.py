"""The options of onprem.chat.site_report: its module documents them, module and action take them."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {
    "site": {"type": "dict", "required": True},
    "situation": {"type": "str", "choices": ["air_gap", "nat_fixed_ip"], "default": "air_gap"},
    "verdict": {"type": "dict", "required": True},
    "info": {"type": "str", "default": "onprem_host_info"},
    "forwarding": {"type": "dict", "default": {}},
    "directory": {"type": "path", "required": True},
}
