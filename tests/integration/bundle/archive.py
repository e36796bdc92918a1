# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that signs like Debian does: an archive key, and the signed indexes of the packages in a cache."""

from __future__ import annotations

import hashlib
import lzma
import subprocess
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.openpgp import OpenPgp, Run

PLACE = "main/binary-amd64/Packages.xz"


class Archive:
    """An archive key, its keyring file, and what it signs at a given time."""

    def __init__(self, folder: Path, epoch: int, run: Run) -> None:
        self.epoch = epoch
        self.date = datetime.fromtimestamp(epoch, timezone.utc)
        self.run = run
        self.keyring = folder / "archive-keyring.gpg"
        with OpenPgp(self.run) as gpg:
            self.secret = gpg.generate("Archive")
            armored = gpg.public()
        done = subprocess.run(["gpg", "--dearmor"], input=armored.encode(), capture_output=True, check=True)
        self.keyring.write_bytes(done.stdout)

    def in_release(self, codename: str, files: dict[str, bytes]) -> str:
        """A pocket's InRelease that names these files."""
        lines = ["Origin: Debian", f"Codename: {codename}", f"Suite: {codename}", f"Date: {format_datetime(self.date)}"]
        lines += ["Architectures: all amd64", "Components: main", "Acquire-By-Hash: yes", "SHA256:"]
        lines += [f" {hashlib.sha256(content).hexdigest()} {len(content)} {path}" for path, content in files.items()]
        with OpenPgp(self.run) as gpg:
            gpg.load(self.secret)
            return gpg.clear_sign("\n".join(lines) + "\n", self.epoch)

    def publish(self, folder: Path, codename: str, index: str) -> dict[str, Path]:
        """InRelease and Packages.xz of one pocket; path in the pocket to path here."""
        packed = lzma.compress(index.encode())
        release = self.in_release(codename, {PLACE.removesuffix(".xz"): index.encode(), PLACE: packed})
        for path, content in ((PLACE, packed), ("InRelease", release.encode())):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return {path: folder / path for path in ("InRelease", PLACE)}
