# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a router is to run and what it has confirmed: rulesets by part, openings, kernel settings. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .error import NatRulesetError

#: The tables of nftables that are ours: a router's, and a host's own.
TABLES = {"nft": "onprem_chat", "host": "onprem_host"}
PREFIX = "ONPREM_"
#: The parts of a packet filter that can be ours, and the file that keeps each.
PARTS = {"nft": "ruleset.nft", "ip4": "rules.v4", "ip6": "rules.v6", "host": "host.nft"}
BACKENDS = {"nftables": ("nft",), "iptables": ("ip4", "ip6"), "host": ("host",)}
FORWARDING4 = "net/ipv4/ip_forward"
FORWARDING6 = "net/ipv6/conf/all/forwarding"


def digest(text: str) -> str:
    """SHA-256 of a text; of no text it is no text."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


@dataclass(frozen=True)
class Wanted:
    """A whole state: C(texts) and C(canonical) digests by part, C(openings) as plain data, C(sysctl) by slashed name.

    C(original) are the kernel settings from before the collection touched them; C(tools) are the versions that the canonical
    digests were made with.
    """

    backend: str
    texts: Mapping[str, str]
    canonical: Mapping[str, str]
    openings: tuple[Mapping[str, Any], ...] = ()
    networks: tuple[str, ...] = ()
    sysctl: Mapping[str, str] = field(default_factory=dict)
    original: Mapping[str, str] = field(default_factory=dict)
    tools: str = ""

    def digest(self) -> str:
        """One digest of all texts."""
        return digest("".join(f"{part}\n{text}" for part, text in sorted(self.texts.items()) if text))

    def same(self, other: Wanted | None) -> bool:
        """Whether both persist the same intent; what was measured on the way does not count."""
        return other is not None and self.intent() == other.intent()

    def intent(self) -> tuple[Any, ...]:
        """What a person asked for."""
        texts = sorted((part, text) for part, text in self.texts.items() if text)
        return self.backend, texts, list(self.openings), list(self.networks), sorted(self.sysctl.items())


def dump(wanted: Wanted) -> str:
    """Everything but the texts, which have files of their own."""
    data = {
        "backend": wanted.backend,
        "canonical": dict(wanted.canonical),
        "networks": list(wanted.networks),
        "openings": [dict(opening) for opening in wanted.openings],
        "original": dict(wanted.original),
        "sysctl": dict(wanted.sysctl),
        "tools": wanted.tools,
    }
    return json.dumps(data, indent=0, sort_keys=True) + "\n"


def load(manifest: str, texts: Mapping[str, str]) -> Wanted:
    """What L(dump) wrote. Raises L(NatRulesetError)."""
    try:
        data = json.loads(manifest)
        return Wanted(
            data["backend"],
            dict(texts),
            dict(data["canonical"]),
            tuple(data["openings"]),
            tuple(data["networks"]),
            dict(data["sysctl"]),
            dict(data["original"]),
            data["tools"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NatRulesetError(f"the stored state of the ruleset cannot be read: {error!r}") from error
