# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diff that people can read: rules as they were written, settings a line each, files by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import kernel
from .decision import differing
from .model import PARTS, digest

if TYPE_CHECKING:
    from .view import View


def differences(view: View) -> list[dict[str, str]]:
    """One entry a part that changes. Rules that somebody has altered behind our back are shown as the kernel lists them."""
    found = [entry for part in PARTS for entry in _rules(view, part)]
    now = {name: view.settings.get(name) for name in view.decision.settings}
    if now:
        before = "".join(f"{name} = {value}\n" for name, value in sorted(now.items()))
        after = "".join(f"{name} = {value}\n" for name, value in sorted(view.decision.settings.items()))
        found.append(_entry("kernel settings", before, after))
    if view.files:
        found.append(_entry("files", "", "".join(f"{path}\n" for path in view.files)))
    return found


def _rules(view: View, part: str) -> list[dict[str, str]]:
    wanted = view.wanted.texts.get(part, "")
    stored = view.confirmed.texts.get(part, "") if view.confirmed else ""
    live = view.listings.get(part, "")
    drifted = part in differing({part: digest(live)}, {part: view.confirmed.canonical.get(part, "") if view.confirmed else ""})
    if drifted and live and part in view.decision.load:
        return [_entry(f"{part} (live)", live, kernel.rehearse(part, wanted) if wanted else "")]
    before = stored if live or part not in view.decision.load else ""
    return [_entry(part, before, wanted)] if before != wanted else []


def _entry(title: str, before: str, after: str) -> dict[str, Any]:
    return {"before_header": title, "after_header": title, "before": before, "after": after}
