"""How much more than the changed files a delta carries."""

from __future__ import annotations

from pathlib import Path


def delta_ratio(old: Path, new: Path, stick: Path) -> float:
    """Bytes on a stick that playbooks/carry.yml wrote with old's SHA256SUMS as receipt, against new's files that old has not."""
    known = {line[:64] for line in (old / "SHA256SUMS").read_text().splitlines()}
    listed = (line.split("  ", 1) for line in (new / "SHA256SUMS").read_text().splitlines())
    changed = sum((new / path).stat().st_size for digest, path in listed if digest not in known)
    return sum(path.stat().st_size for path in stick.rglob("*") if path.is_file()) / changed
