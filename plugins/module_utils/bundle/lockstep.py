# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lockstep siblings: packages outside a closure that pin one of its packages to an exact version.

A server that already has such a package (libssl-dev pins libssl3, systemd pins libsystemd0) would lose it when the closure's
newer version comes in, so the newer sibling travels too. Compilers' own families and debug data do not: they are
large, no server of this kind needs them, and a removal is refused on the host anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .control import Package, exact_pins

# Raise it when the rules below change, so that builders do not keep what they worked out by the old ones.
RULES = 1
MAX_BYTES = 4_000_000
MAX_RUNTIME_BYTES = 500_000
_LEFT_OUT_SECTIONS = frozenset({"debug", "doc", "java"})
_LEFT_OUT_NAMES = re.compile(r"^lib(?:n?32|x32)|-(?:dbg|tests?|multilib|i386|x32)$|-nopie$")
_COMPILER = re.compile(r"^(?:gcc-\d+-base|libllvm\d+|libclang.*)$")
_KEPT_PRIORITIES = frozenset({"required", "important", "standard"})


def siblings(closure: Mapping[str, Package], candidates: Iterable[Package]) -> list[Package]:
    """Those of the candidates (see control.pinning, newest first) that have to travel with the closure, sorted by name.

    A sibling's own siblings come too (systemd-sysv pins systemd). Of several versions the newest counts whose pins all agree with
    what travels.
    """
    pinned = [(package, exact_pins(package.stanza)) for package in candidates]
    inside = {name: package.version for name, package in closure.items()}
    found: dict[str, Package] = {}
    grown = True
    while grown:
        grown = False
        for package, pins in pinned:
            if package.name in inside:
                continue
            shared = [name for name in pins if name in inside]
            if shared and all(inside[name] == pins[name] for name in shared) and travels(package, shared):
                found[package.name] = package
                inside[package.name] = package.version
                grown = True
    return [found[name] for name in sorted(found)]


def travels(package: Package, pins: Iterable[str]) -> bool:
    """Whether a sibling bound to these packages is one that a server may have, and small enough to carry along."""
    if package.field("Priority") in _KEPT_PRIORITIES:
        return True
    section = package.field("Section").split("/")[-1]
    if all(_COMPILER.match(name) for name in pins):
        return section == "libs" and package.size <= MAX_RUNTIME_BYTES
    return package.size <= MAX_BYTES and section not in _LEFT_OUT_SECTIONS and not _LEFT_OUT_NAMES.search(package.name)
