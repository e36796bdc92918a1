# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the administrator's module asks for: who is invited, inviting, taking back. JSON both ways; run as its account."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from .desk import Registrar
from .store import Invitation, Store

DIGEST = re.compile(r"[0-9a-f]{64}")
LIVE = ("open", "claimed")


def manage(given: Mapping[str, Any], store: Store, registrar: Registrar, now: int | None = None) -> dict[str, Any]:
    """Bring the invitations to what is asked for.

    C(people): who may have one; what others hold is revoked. C(revoke): names whose invitation is revoked. C(add): new ones, each
    C({name, display_name, digest}), for C(days). C(check): change nothing, only tell. Raises Unsure, and ValueError with reasons.
    """
    now = int(time.time()) if now is None else now
    before = _newest(store)
    people = set(given["people"])
    live = {name for name, row in before.items() if row.at(now) in LIVE}
    gone = sorted(live & (set(given["revoke"]) | (set(before) - people)))
    added = [_invitation(row, people, now, int(given["days"])) for row in given["add"]]
    accounts = registrar.existing(sorted(people | set(before)))
    taken = sorted(row.name for row in added if row.name in accounts)
    if taken:
        raise ValueError(f"{', '.join(taken)}: there is an account already, and an invitation makes a new one only")
    if not given["check"]:
        store.revoke(gone, now)
        store.add(added, now)
        store.forget(now)
    rows = {name: _told(row, now, name in accounts) for name, row in _newest(store).items()}
    for name in people - set(rows):
        rows[name] = {"name": name, "state": "none", "expires": 0, "account": name in accounts}
    changes = [f"{name}: invitation revoked" for name in gone] + [f"{row.name}: invited" for row in added]
    return {"changes": changes, "invitations": [rows[name] for name in sorted(rows)], "now": now}


def _newest(store: Store) -> dict[str, Invitation]:
    return {row.name: row for row in store.rows()}


def _told(row: Invitation, now: int, account: bool) -> dict[str, Any]:
    return {"name": row.name, "state": row.at(now), "expires": row.expires, "account": account}


def _invitation(row: Mapping[str, Any], people: set[str], now: int, days: int) -> Invitation:
    if row["name"] not in people or not DIGEST.fullmatch(row["digest"]):
        raise ValueError(f"{row['name']}: is not among those who may be invited, or its digest is none")
    return Invitation(row["digest"], row["name"], row["display_name"], now, now + days * 86400, "open", now)
