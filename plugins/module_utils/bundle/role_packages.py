# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package lists out of roles' vars files, the way the roles themselves pick them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import BundleError


def candidates(release: str) -> tuple[str, ...]:
    """The vars files a role looks for on a Debian of that release (12, 13), the first that is there counts."""
    return (f"Debian-{release}.yml", "Debian.yml")


def role_packages(role: str, release: str, load: Callable[[str], Mapping[str, Any] | None]) -> list[str]:
    """All lists __<role>_packages or __<role>_<part>_packages of a role; load gives a vars file's content or None.

    A role without a vars file or list needs no packages. Raises BundleError when a list is anything but plain names.
    """
    content = next((found for name in candidates(release) if (found := load(name)) is not None), {})
    names: set[str] = set()
    for key, value in sorted(content.items()):
        if key.startswith(f"__{role}_") and key.endswith("_packages"):
            if not isinstance(value, list) or not all(isinstance(item, str) and "{" not in item for item in value):
                raise BundleError(f"roles/{role}/vars: {key} must be a plain list of names; the bundle builder reads it as it is")
            names.update(value)
    return sorted(names)


def union(lists: Iterable[Iterable[str]]) -> list[str]:
    """All names once, sorted."""
    return sorted({name for names in lists for name in names})
