# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other archives in a bundle say they are."""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.archive_metadata import (
    Metadata,
    parse_collection,
    parse_npm,
    parse_wheel,
)
from ansible_collections.onprem.chat.plugins.module_utils.bundle.component import Component
from ansible_collections.onprem.chat.plugins.module_utils.bundle.copyright import Licences
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.parts import OPERATOR_LIST

from .files import sha256

_WHEEL_PAPER = re.compile(r"^[^/]+\.dist-info/METADATA$")


def _from_zip(path: Path, wanted: Callable[[str], object]) -> str:
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if wanted(name)), None)
        return archive.read(name).decode(errors="replace") if name else ""


def _from_tar(path: Path, wanted: str) -> str:
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.name == wanted and (content := archive.extractfile(member)):
                return content.read().decode(errors="replace")
    return ""


READERS: Mapping[re.Pattern[str], tuple[str, Callable[[Path], Metadata]]] = {
    re.compile(r"^python/.*\.whl$"): ("wheel", lambda path: parse_wheel(_from_zip(path, _WHEEL_PAPER.match))),
    re.compile(r"^web/.*\.tgz$"): ("npm", lambda path: parse_npm(_from_tar(path, "package/package.json"))),
    re.compile(r"^collections/.*\.tar\.gz$"): ("collection", lambda path: parse_collection(_from_tar(path, "MANIFEST.json"))),
}


def component_of(place: str, path: Path, licences: Mapping[str, str]) -> Component | None:
    """The component that a file of the bundle is, None for our own; licences are those of operator files, by name."""
    for pattern, (kind, read) in READERS.items():
        if pattern.match(place):
            try:
                found = read(path)
            except (OSError, EOFError, BundleError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
                raise BundleError(f"{path}: is no {kind} archive for a bundle ({error}); delete it and build again") from error
            return Component(place, kind, found.name, found.version, sha256(path), found.licences)
    if place.startswith("operator/") and place != OPERATOR_LIST:
        name = place.partition("/")[2]
        known = Licences((licences[name],), "operator.yml") if licences.get(name) else Licences()
        return Component(place, "operator", name, "", sha256(path), known)
    return None
