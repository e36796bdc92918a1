"""The targets that a plan can be rendered for: a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

from .model import Plan
from .render import ip6tables, iptables, mermaid, nftables, svg

RENDERERS: dict[str, Callable[[Plan], str]] = {
    "nftables": nftables.render,
    "iptables": iptables.render,
    "ip6tables": ip6tables.render,
    "mermaid": mermaid.render,
    "svg": svg.render,
}

#: What a target is made of; a target that is not named here is one rendering of the same name.
PARTS = {"iptables": ("iptables", "ip6tables")}


def rendered(plan: Plan, targets: Iterable[str]) -> dict[str, str]:
    """Return the texts of the targets by the name of their rendering; ``iptables`` is two, one for each IP version."""
    names = dict.fromkeys(part for target in targets for part in PARTS.get(target, (target,)))
    return {name: RENDERERS[name](plan) for name in names}
