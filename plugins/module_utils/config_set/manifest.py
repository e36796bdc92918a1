# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of a set on its host: what it owns and what was there before."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from .model import ConfigSetError

FORMAT = 1


@dataclass(frozen=True)
class Original:
    """What was at a path before the set took it: C(kind) none, file, link or dir.

    C(saved) names the copy in the set's folder of originals (a file, or a tar archive of a directory).
    """

    kind: str = "none"
    uid: int = 0
    gid: int = 0
    mode: int = 0
    target: str = ""
    saved: str = ""


@dataclass(frozen=True)
class Entry:
    """What the set put at a path: C(kind) file, block, link, dir, tree or absent."""

    kind: str
    original: Original = Original()
    secret: bool = False
    tree: str = ""


@dataclass(frozen=True)
class Manifest:
    name: str
    entries: dict[str, Entry] = field(default_factory=dict)


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest file; the same manifest, the same bytes."""
    raw = {"format": FORMAT, "name": manifest.name, "entries": {path: asdict(entry) for path, entry in manifest.entries.items()}}
    return json.dumps(raw, sort_keys=True, indent=1).encode() + b"\n"


def decode(data: bytes, where: str) -> Manifest:
    """The reverse of L(encode); raises L(ConfigSetError) for anything else."""
    try:
        raw: dict[str, Any] = json.loads(data)
        if raw["format"] != FORMAT:
            raise ValueError(f"format {raw['format']} is not known to this version")
        entries = {path: Entry(**{**entry, "original": Original(**entry["original"])}) for path, entry in raw["entries"].items()}
        return Manifest(str(raw["name"]), entries)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__} {error}"
        raise ConfigSetError([f"{where}: is not a manifest of a config set ({reason}); restore it or move it away"]) from error
