"""What the files and tools of foreign firewalls say, read as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COMMENT = re.compile(r"#.*")
_FLUSH = re.compile(r"^\s*flush\s+ruleset\b", re.MULTILINE)
_TABLE = re.compile(r"^\s*table\s+(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?([A-Za-z_][\w./-]*)\s*\{", re.MULTILINE)
_PHYSICAL = re.compile(r"(?:^|,)physical=([^,\s]+)")


def flushes(text: str) -> bool:
    """Whether an nftables file throws away the tables of everybody."""
    return bool(_FLUSH.search(_COMMENT.sub("", text)))


def own_tables(text: str) -> list[tuple[str, str]]:
    """Family and name of the tables that an nftables file makes."""
    return list(dict.fromkeys((family or "ip", name) for family, name in _TABLE.findall(_COMMENT.sub("", text))))


def replacement(text: str) -> str:
    """The lines that do in an nftables file what its ``flush ruleset`` is there for, to its own tables alone."""
    return "\n".join(
        line for family, name in own_tables(text) for line in (f"table {family} {name}", f"delete table {family} {name}")
    )


def setting(text: str, key: str) -> str:
    """The last value of ``KEY=value`` in a shell-like file, without its quotes; empty when it is not set."""
    found = re.findall(rf"^\s*{re.escape(key)}=(.*)$", text, re.MULTILINE)
    return _COMMENT.sub("", found[-1]).strip().strip("\"'") if found else ""


def shorewall_zones(interfaces: str) -> dict[str, str]:
    """Zone of each interface in Shorewall's file ``interfaces``, by the interface's physical name."""
    zones = {}
    for line in interfaces.splitlines():
        words = _COMMENT.sub("", line).split()
        if len(words) < 2 or words[0].startswith("?") or words[0] in ("-", "FORMAT"):
            continue
        physical = _PHYSICAL.search(words[-1])
        zones[physical[1] if physical else words[1].split(":")[0]] = words[0]
    return zones


def firewalld_zones(interfaces: Iterable[str], default: str, active: str) -> dict[str, str]:
    """Zone of each interface by what ``firewall-cmd --get-active-zones`` prints; what it does not name is in the default zone."""
    zones = dict.fromkeys(interfaces, default)
    zone = ""
    for line in active.splitlines():
        words = line.split()
        if line[:1].strip():
            zone = words[0]  # later releases write (default) behind it
        elif words[:1] == ["interfaces:"]:
            zones.update(dict.fromkeys(words[1:], zone))
    return zones
