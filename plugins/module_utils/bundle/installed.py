# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dpkg says is on a host, and what of a wish is not fulfilled yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .control import fields, stanzas
from .errors import BundleError
from .versions import compare

_AT_REST = ("installed", "config-files", "not-installed")


@dataclass(frozen=True)
class Installed:
    """dpkg's state: versions of what is installed, packages that a broken run left half done, and those on hold.

    Of the unfinished ones the torn were killed while their files were being replaced: only unpacking them again helps.
    """

    versions: Mapping[str, str]
    unfinished: tuple[str, ...]
    held: tuple[str, ...] = ()
    torn: tuple[str, ...] = ()


def parse_status(text: str, architecture: str) -> Installed:
    """Read /var/lib/dpkg/status; packages of foreign architectures are not looked at."""
    versions, unfinished, held, torn = {}, [], [], []
    for stanza in stanzas(text):
        values = fields(stanza)
        if values.get("Architecture") not in (architecture, "all"):
            continue
        words = values.get("Status", "").split()
        name = values.get("Package", "")
        if len(words) != 3 or words[1] != "ok" or words[2] not in _AT_REST:
            unfinished.append(name)
            if words[1:2] == ["reinstreq"] or words[2:] == ["half-installed"]:
                torn.append(name)
        elif words[2] == "installed":
            versions[name] = values.get("Version", "")
            if words[0] == "hold":
                held.append(name)
    return Installed(versions, tuple(sorted(unfinished)), tuple(sorted(held)), tuple(sorted(torn)))


def pending(wanted: Iterable[str], installed: Installed, offered: Mapping[str, str]) -> list[str]:
    """The wanted packages that are missing or older than offered (name to version), sorted.

    Raises BundleError naming every wanted package that the bundle does not have.
    """
    names = sorted(set(wanted))
    unknown = [name for name in names if name not in offered]
    if unknown:
        raise BundleError(
            f"offline_source_packages: the bundle has no {', '.join(unknown)}; build one with them (offline_bundle_packages)"
        )
    return [name for name in names if name not in installed.versions or compare(installed.versions[name], offered[name]) < 0]
