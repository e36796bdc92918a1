# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forwarding plan says of one service to the host that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..intent.error import Problem
from .error import NatAwareError


def planned(plan: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return C(public_address), and C(ports) as onprem.chat.nat_probe takes them, of the service with this name.

    ``plan`` is the normalised plan. Raises NatAwareError where it forwards nothing to such a service.
    """
    rows = [row for row in plan["forwards"] if row["service"] == name]
    if not rows:
        known = ", ".join(sorted({str(row["service"]) for row in plan["forwards"]})) or "none"
        reason = f"nothing is forwarded to a service of the name {name}; forwarded is to {known}. Name it as site_services does"
        raise NatAwareError([Problem("nat_aware_service_name", reason)])
    ports = [
        {
            "protocol": row["protocol"],
            "public_address": row["public"],
            **({"port": row["private_ports"], "public_port": row["public_ports"]} if row.get("private_ports") else {}),
        }
        for row in rows
    ]
    return {"public_address": str(rows[0]["public"]), "ports": ports}
