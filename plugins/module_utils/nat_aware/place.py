# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a product behind a NAT has to be told: out of what the probe found and what the user gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..intent.error import Problems
from ..nat_probe.addresses import DOCUMENTATION, OUTSIDE, classify
from .error import NatAwareError


@dataclass(frozen=True)
class Place:
    """Where a host is: whether behind a NAT, under which public address, and how that is known."""

    behind_nat: bool
    public: str
    reason: str


def place(probe: Mapping[str, Any], given: str = "", lab: bool = False, prefix: str = "") -> Place:
    """Return where a host is. ``probe`` is what onprem.chat.nat_probe returned, ``given`` the public address when it is known.

    ``lab`` says that documentation addresses are meant, ``prefix`` stands before the user's variables. Raises NatAwareError.
    """
    problems = Problems(prefix)
    outside = [one for one in probe["name_addresses"] if classify(one) in OUTSIDE]
    four = [one for one in outside if ":" not in one] or outside  # only IPv4 is translated
    public = given or (four[0] if len(four) == 1 else "")
    if given:
        _judge_given(given, four, problems)
    elif len(four) > 1:
        problems.add("public_address", f"is not given, and the name has {' and '.join(four)}; say which of them leads here")
    elif probe["behind_nat"] is not False and not four:
        problems.add("public_address", f"is not given, and the name does not tell it: {probe['reason']}. {_REMEDY}")
    if public and not problems.found and classify(public) == DOCUMENTATION and not lab:
        problems.add("public_address", f"{public} is an address for documentation (RFC 5737), which nobody can reach")
    if probe["behind_nat"] is None and not problems.found:
        problems.add("public_address", f"whether the host is behind a NAT cannot be told: {probe['reason']}")
    problems.raise_any(NatAwareError)
    return Place(bool(probe["behind_nat"]), public, str(probe["reason"]))


_REMEDY = "Give the address, or ask a name server outside the site (variable resolver)"


def _judge_given(given: str, named: list[str], problems: Problems) -> None:
    try:
        kind = classify(given)
    except ValueError:
        problems.add("public_address", f"{given!r} is not an IP address")
        return
    if kind not in OUTSIDE:
        problems.add("public_address", f"{given} is {kind}: nobody outside can reach it")
    elif named and given not in named:
        problems.add("public_address", f"is {given}, and the name leads to {' and '.join(named)}; mend the one that is wrong")
