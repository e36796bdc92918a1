# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the installer of a product has to run: only when something changed, and again until it has ended well.

The record on the host says which settings it has last ended well with; before the file changes, that is taken out of it. So a run
that was killed or failed at any point leaves a record that owes. Without a record nobody of ours has changed anything yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

CHANGED = "the settings changed"
UNFINISHED = "an earlier run of it did not end well"
OTHERS = "it has last run with other settings"
MISSING = "what it makes is not there"


def digest(settings: Mapping[str, Any]) -> str:
    """Return what stands for the settings in a record; the order of keys says nothing."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode("utf-8")).hexdigest()


def why(changed: bool, record: Mapping[str, Any] | None, wanted: str, made: bool) -> str:
    """Return why the installer has to run, or nothing.

    ``record`` is the record on the host or None, ``wanted`` the digest of the settings, ``made`` whether that is there which the
    user said that the installer makes.
    """
    if changed:
        return CHANGED
    if record is not None and not record.get("ran_with"):
        return UNFINISHED
    if record is not None and record["ran_with"] != wanted:
        return OTHERS
    return "" if made else MISSING
