# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection's archive out of its files, the same bytes for the same files (the format of ansible-galaxy collection build)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from .errors import BundleError

MANIFEST, FILES = "MANIFEST.json", "FILES.json"
# What ansible-galaxy itself leaves out, and what only running code leaves behind.
_NEVER = (MANIFEST, FILES, "galaxy.yml", "galaxy.yaml", ".git", "*.pyc", "*.retry", "tests/output", "__pycache__")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_LISTS = ("authors", "tags", "license")
_TEXTS = ("description", "repository", "documentation", "homepage", "issues")


@dataclass(frozen=True)
class Member:
    """A file of the archive."""

    content: bytes
    executable: bool = False


def left_out(path: str, patterns: Iterable[str]) -> bool:
    """Whether a file or folder (relative, with slashes) stays behind: its name or path fits, as in ansible-galaxy."""
    name = path.rpartition("/")[2]
    return any(fnmatch(path, pattern) or fnmatch(name, pattern) for pattern in (*_NEVER, *patterns))


def render_manifest(galaxy: Mapping[str, Any], members: Mapping[str, Member]) -> tuple[bytes, bytes]:
    """MANIFEST.json and FILES.json for galaxy.yml's content; raises BundleError when that names no collection."""
    for key in ("namespace", "name"):
        if not _NAME.match(str(galaxy.get(key, ""))):
            raise BundleError(f"galaxy.yml: {key} {galaxy.get(key)!r} is no name of a collection")
    folders = {parent for path in members for parent in _parents(path)}
    rows: list[dict[str, Any]] = [_row(".", None), *(_row(path, None) for path in sorted(folders))]
    rows += [_row(path, members[path].content) for path in sorted(members)]
    files = _json({"files": rows, "format": 1})
    info: dict[str, Any] = {key: str(galaxy[key]) for key in ("namespace", "name", "version")}
    info.update({key: list(galaxy.get(key) or []) for key in _LISTS})
    info.update({key: galaxy.get(key) for key in _TEXTS})
    info.update(readme=galaxy.get("readme", "README.md"), license_file=galaxy.get("license_file"))
    info.update(dependencies=dict(galaxy.get("dependencies") or {}))
    return _json({"collection_info": info, "file_manifest_file": _row(FILES, files), "format": 1}), files


def archive(manifest: bytes, files: bytes, members: Mapping[str, Member]) -> bytes:
    """The tar.gz: sorted, without times and owners."""
    everything = {**members, MANIFEST: Member(manifest), FILES: Member(files)}
    folders = {parent for path in members for parent in _parents(path)}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted({*everything, *folders}, key=lambda path: (path not in (MANIFEST, FILES), path)):
            entry = tarfile.TarInfo(path)
            member = everything.get(path)
            if member is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                entry.size, entry.mode = len(member.content), 0o755 if member.executable else 0o644
                tar.addfile(entry, io.BytesIO(member.content))
    return gzip.compress(stream.getvalue(), mtime=0)


def file_name(info: Mapping[str, Any]) -> str:
    """The archive's name, by what its own manifest says (collection_info); raises BundleError when that is not a collection's."""
    namespace, name, version = (str(info.get(key, "")) for key in ("namespace", "name", "version"))
    if not _NAME.match(namespace) or not _NAME.match(name) or not re.match(r"^\d[A-Za-z0-9.+-]*$", version):
        raise BundleError(f"{namespace}.{name} {version}: is no collection")
    return f"{namespace}-{name}-{version}.tar.gz"


def _parents(path: str) -> list[str]:
    names = path.split("/")[:-1]
    return ["/".join(names[: count + 1]) for count in range(len(names))]


def _row(path: str, content: bytes | None) -> dict[str, Any]:
    if content is None:
        return {"name": path, "ftype": "dir", "chksum_type": None, "chksum_sha256": None, "format": 1}
    digest = hashlib.sha256(content).hexdigest()
    return {"name": path, "ftype": "file", "chksum_type": "sha256", "chksum_sha256": digest, "format": 1}


def _json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, indent=1) + "\n").encode()
