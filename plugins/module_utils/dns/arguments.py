"""The options of onprem.chat.dns_zone_plan: its module documents them and its action takes them."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {
    "domain": {"type": "str", "required": True},
    "networks": {"type": "list", "elements": "raw", "required": True},
    "hosts": {"type": "list", "elements": "raw", "required": True},
    "services": {"type": "list", "elements": "raw", "default": []},
    "texts": {"type": "list", "elements": "raw", "default": []},
    "split": {"type": "list", "elements": "raw", "default": []},
    "address": {"type": "str", "required": True},
    "primary_address": {"type": "str", "required": True},
    "secondary_addresses": {"type": "list", "elements": "raw", "default": []},
    "hostmaster": {"type": "str"},
    "ttl": {"type": "int", "default": 300},
    "mode": {"type": "str", "choices": ["primary", "secondary"], "default": "primary"},
    "forwarders": {"type": "list", "elements": "raw", "default": []},
    "primary_directory": {"type": "path", "default": "/etc/bind/zones"},
    "secondary_directory": {"type": "path", "default": "/var/cache/bind"},
    "path_prefix": {"type": "str", "default": ""},
}
