# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has to do, from what is wanted, confirmed, pending and live. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .model import FORWARDING4, FORWARDING6, PARTS, Wanted


@dataclass(frozen=True)
class Decision:
    """C(load): parts of the packet filter to load or take out; C(settings): kernel settings to write; C(persist): whether the
    confirmed state is another one; C(confirm): whether the change has to be confirmed over a new connection."""

    load: tuple[str, ...]
    settings: Mapping[str, str]
    persist: bool
    confirm: bool

    @property
    def needed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.load or self.settings or self.persist)


def decide(
    wanted: Wanted,
    states: Sequence[Wanted | None],
    live: Mapping[str, str],
    settings: Mapping[str, str | None],
    seconds: int,
) -> Decision:
    """Compare; I(states) are the confirmed and the pending state, I(live) canonical digests by part, I(settings) the kernel's.

    Rules that run already but were never confirmed have to be: the connection that asks may be older than they are.
    """
    confirmed = states[0]
    load = tuple(part for part in PARTS if live.get(part, "") != wanted.canonical.get(part, ""))
    known = confirmed is not None and not differing(wanted.canonical, confirmed.canonical)
    write = {name: value for name, value in wanted.sysctl.items() if settings.get(name) != value}
    for state in states:
        for name in set(state.sysctl if state else ()) - set(wanted.sysctl):
            value = state.original.get(name, "0") if state else "0"
            if settings.get(name) != value:
                write[name] = value
    return Decision(load, write, not wanted.same(confirmed), seconds > 0 and bool(load or not known))


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Parts in which two sets of digests differ."""
    return [part for part in PARTS if one.get(part, "") != other.get(part, "")]


def wanted_settings(ipv6: bool, advertised: tuple[str, ...], live: Mapping[str, str | None]) -> dict[str, str]:
    """The kernel settings of a router.

    A host that forwards IPv6 no longer takes router advertisements unless accept_ra is 2; where they are refused altogether (0)
    they stay refused. See Documentation/networking/ip-sysctl.rst of the kernel.
    """
    found = {FORWARDING4: "1"}
    if ipv6:
        found[FORWARDING6] = "1"
        for interface in advertised:
            name = accept_ra(interface)
            if live.get(name) in ("1", "2"):
                found[name] = "2"
    return found


def accept_ra(interface: str) -> str:
    """The setting that says whether an interface takes router advertisements."""
    return f"net/ipv6/conf/{interface}/accept_ra"


def original_settings(wanted: Mapping[str, str], live: Mapping[str, str | None], *known: Wanted | None) -> dict[str, str]:
    """What the settings were before the collection came: as an earlier state remembers, else as they are now."""
    found = {name: live.get(name) or "0" for name in wanted}
    for state in known:
        if state is not None:
            found.update({name: value for name, value in state.original.items() if name in wanted})
    return found
