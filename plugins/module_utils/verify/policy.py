"""What a content-security policy (CSP 3) lets a page ask for beyond its own server."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

#: Of these a page asks for nothing by itself.
_NOT_ASKED = {"frame-ancestors", "sandbox", "upgrade-insecure-requests", "require-trusted-types-for", "trusted-types"}
#: Without it whatever has no line of its own is free (CSP 3, 6.1).
_FALLBACK = "default-src"
_LOCAL = {"data:", "blob:", "mediastream:", "filesystem:"}


def outside(header: str, names: Collection[str]) -> list[str]:
    """Every source of a policy that is neither the page's own server nor one of ``names``; also what is missing.

    Several policies (RFC 9110: joined by commas) hold all together, so one sound one is enough.
    """
    policies = [one for one in header.split(",") if one.strip()]
    found = [_faults(one, {name.lower() for name in names}) for one in policies]
    return min(found, key=len) if found else ["no policy"]


def _faults(policy: str, names: Collection[str]) -> list[str]:
    lines: dict[str, list[str]] = {}
    for line in policy.split(";"):
        words = line.split()
        if words:
            lines.setdefault(words[0].lower(), words[1:])
    faults = [] if _FALLBACK in lines else [f"no {_FALLBACK}"]
    for directive, sources in lines.items():
        if directive not in _NOT_ASKED:
            faults.extend(f"{directive} {source}" for source in sources if not _own(source.lower(), names))
    return faults


def _own(source: str, names: Collection[str]) -> bool:
    if source.startswith("'") or source in _LOCAL:
        return True
    if source.startswith("/"):
        return not source.startswith("//")
    host = urlsplit(source if "://" in source else f"//{source}").hostname or ""
    return bool(re.fullmatch(r"[a-z0-9.:-]+", host)) and host in names
