# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's verified copy of a bundle: ROOT/bundles/<serial>, and ROOT/bundle pointing at the one in use.

Files arrive in ROOT/incoming-* and get into a copy one by one, by rename, after their sum was found in the signed
manifest. So a copy is right at every instant, however a run ends. Nothing is forced onto the disk: what a power cut takes
away is found when the copy is verified, which every run does first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.manifest import NAME, SIGNATURES, Manifest, parse_manifest
from ansible_collections.onprem.chat.plugins.module_utils.bundle.parts import mode

from .files import sha256
from .verify import Run, check_bundle, listing, signed_manifest


@dataclass(frozen=True)
class Trust:
    """What a copy is verified with: the collection's verify.sh (text) and the pinned signers (text)."""

    run: Run
    verifier: str
    signers: str


class HostCopy:
    """The copy of one serial; root is the folder that holds all of them."""

    def __init__(self, root: Path, serial: int, trust: Trust) -> None:
        self.root = root
        self.serial = serial
        self.path = root / "bundles" / str(serial)
        self.trust = trust

    def verify(self) -> Manifest:
        """Signature, no foreign file, every sum; raises BundleError."""
        return check_bundle(self.trust.run, self.path, self.trust.verifier, self.trust.signers, copy=True)

    def signed(self) -> Manifest:
        """The manifest after its signature alone was verified."""
        return signed_manifest(self.trust.run, self.path, self.trust.verifier, self.trust.signers)

    def at(self, folder: Path) -> HostCopy:
        """The same for a folder elsewhere, which is looked at and never used."""
        other = HostCopy(self.root, self.serial, self.trust)
        other.path = folder
        return other

    def discard(self) -> None:
        """Take the copy away; under another name first, so that none is ever half there."""
        gone = self.path.with_name(f".gone-{self.serial}")
        shutil.rmtree(gone, ignore_errors=True)
        self.path.replace(gone)
        shutil.rmtree(gone)

    def start(self, incoming: Path) -> Manifest:
        """Make the copy out of a folder that holds a bundle's base; raises BundleError when it is not as signed."""
        manifest = check_bundle(self.trust.run, incoming, self.trust.verifier, self.trust.signers, copy=True)
        if self.path.exists():
            self.discard()
        _open_modes(incoming)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(self.path)
        return manifest

    def adopt(self, manifest: Manifest, incoming: Path) -> list[str]:
        """Move what arrived into the copy; returns what arrived altered. Whatever else came along is dropped."""
        altered = []
        for relative in listing(incoming) if incoming.is_dir() else []:
            wanted = manifest.sums.get(relative)
            if wanted is None or relative in (NAME, *SIGNATURES):
                continue
            if sha256(incoming / relative) == wanted:
                _move(incoming / relative, self.path / relative, self.path)
            else:
                altered.append(relative)
        shutil.rmtree(incoming, ignore_errors=True)
        return altered

    def clear(self, manifest: Manifest | None) -> None:
        """Keep the good part of what killed runs left and drop the rest; at a run's start, before it sends anything itself."""
        for leftover in sorted(self.root.glob("incoming-*")):
            if manifest is None:
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                self.adopt(manifest, leftover)

    def reuse(self, manifest: Manifest, wanted: Iterable[str]) -> list[str]:
        """Link wanted files out of other serials' copies where the content is the same; returns what is still missing."""
        missing = [path for path in wanted if not (self.path / path).is_file()]
        others: dict[str, Path] = {}
        for copy in sorted(self.path.parent.glob("[0-9]*")):
            if copy != self.path and (copy / NAME).is_file():
                others.update({digest: copy / path for path, digest in parse_manifest((copy / NAME).read_text()).sums.items()})
        still = []
        for path in missing:
            source = others.get(manifest.sums[path])
            if source is not None and source.is_file() and not source.is_symlink() and sha256(source) == manifest.sums[path]:
                _make_folders(self.path / path, self.path)
                os.link(source, self.path / path)
            else:
                still.append(path)
        return still

    def use(self, keep: int) -> bool:
        """Point ROOT/bundle at this copy and drop the oldest others; tells whether the link changed."""
        link, target = self.root / "bundle", f"bundles/{self.serial}"
        changed = not link.is_symlink() or link.readlink() != Path(target)
        if changed:
            temporary = self.root / ".bundle"
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(target)
            temporary.replace(link)
        serials = sorted((int(path.name) for path in self.path.parent.glob("[0-9]*") if path.name.isdigit()), reverse=True)
        others = [serial for serial in serials if serial != self.serial]
        for folder in (self.root, self.path.parent):
            folder.chmod(0o755)
        for gone in self.path.parent.glob(".gone-*"):
            shutil.rmtree(gone, ignore_errors=True)
        for serial in others[max(keep - 1, 0) :]:
            shutil.rmtree(self.path.parent / str(serial), ignore_errors=True)
        return changed

    def in_use(self) -> int | None:
        """The serial that ROOT/bundle points at."""
        return serial_in_use(self.root)


def serial_in_use(root: Path) -> int | None:
    """The serial that ROOT/bundle points at."""
    try:
        name = (root / "bundle").readlink().name
    except OSError:
        return None
    return int(name) if name.isdigit() else None


def require_files(copy: Path, paths: Iterable[str]) -> None:
    """Raises BundleError when a copy lacks one of these."""
    lost = [path for path in paths if not (copy / path).is_file()]
    if lost:
        raise BundleError(f"{', '.join(lost[:3])}: did not arrive on the host; run again")


def _make_folders(path: Path, top: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.parents:
        folder.chmod(0o755)
        if folder == top:
            break


def _move(source: Path, target: Path, top: Path) -> None:
    _make_folders(target, top)
    source.chmod(0o644)
    source.replace(target)


def _open_modes(top: Path) -> None:
    """apt reads as its own user: folders and files open to all, whatever the umask was."""
    top.chmod(0o755)
    for directory, folders, names in os.walk(top):
        for name in folders:
            Path(directory, name).chmod(0o755)
        for name in names:
            path = Path(directory, name)
            path.chmod(mode(path.relative_to(top).as_posix()))
