"""Reads Chromium's own log of the network (--log-net-log): what a page asked for, apart from what the browser itself wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_STARTED = "URL_REQUEST_START_JOB"


def hosts(log: Mapping[str, Any], origin: str) -> list[str]:
    """The hosts that the page at ``origin`` asked, its workers and websockets too; sorted."""
    kinds = {number: name for name, number in log["constants"]["logEventTypes"].items()}
    found = set()
    for event in log["events"]:
        about = event.get("params", {})
        if kinds.get(event["type"]) == _STARTED and (about.get("initiator") == origin or _page(about, origin)):
            found.add(urlsplit(about["url"]).hostname or about["url"])
    return sorted(found)


def _page(about: Mapping[str, Any], origin: str) -> bool:
    return str(about.get("url", "")).rstrip("/") == origin
