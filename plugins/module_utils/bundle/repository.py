# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle's own apt repository: plain text in, plain text out (Debian repository format)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from email.utils import format_datetime

from .control import Package

ORIGIN = "onprem.chat"
COMPONENT = "main"


def pool_path(suite: str, package: Package) -> str:
    """Where a package lies, relative to the repository (the bundle's debian folder)."""
    return f"pool/{suite}/{package.file_name}"


def index_folder(architecture: str) -> str:
    """Folder of the package index, relative to dists/<suite>."""
    return f"{COMPONENT}/binary-{architecture}"


def render_packages(suite: str, packages: Iterable[Package]) -> str:
    """The Packages index: Debian's own stanzas with the place in our pool."""
    parts = []
    for package in sorted(packages, key=lambda item: (item.name, item.architecture)):
        lines = [
            f"Filename: {pool_path(suite, package)}" if line.startswith("Filename:") else line
            for line in package.stanza.splitlines()
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def by_hash(path: str, content: bytes) -> str:
    """The by-hash twin of an index file, so that a half-updated reader never mixes two states."""
    return f"{path.rpartition('/')[0]}/by-hash/SHA256/{hashlib.sha256(content).hexdigest()}"


def render_release(suite: str, architectures: Iterable[str], epoch: int, indexes: Mapping[str, bytes]) -> str:
    """The Release file for index files (path relative to dists/<suite> to content); Date is the epoch, UTC."""
    date = format_datetime(datetime.fromtimestamp(epoch, timezone.utc), usegmt=True).replace("GMT", "UTC")
    lines = [
        f"Origin: {ORIGIN}",
        f"Label: {ORIGIN}",
        f"Suite: {suite}",
        f"Codename: {suite}",
        f"Date: {date}",
        f"Architectures: {' '.join(sorted(architectures))}",
        f"Components: {COMPONENT}",
        "Description: packages of an onprem.chat bundle",
        "Acquire-By-Hash: yes",
        "SHA256:",
    ]
    lines += [f" {hashlib.sha256(content).hexdigest()} {len(content)} {path}" for path, content in sorted(indexes.items())]
    return "\n".join(lines) + "\n"
