# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt of the connected machine, pointed at an isolated root; run is AnsibleModule.run_command."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_output import Solution, parse_simulation
from ansible_collections.onprem.chat.plugins.module_utils.bundle.apt_root import AptRoot
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

from .files import sha256, write

Run = Callable[..., "tuple[int, str, str]"]


def last_words(out: str, err: str) -> str:
    """What apt said was wrong: its errors and unmet dependencies, else the end of what it said."""
    errors = [line[3:] for line in err.splitlines() if line.startswith("E: ")]
    unmet = [" ".join(line.split()) for line in out.splitlines() if re.match(r"^ +\S+ : ", line)]
    return "; ".join([*errors, *unmet[:3]]) or " ".join((err or out).split())[-400:] or "no reason given"


class Apt:
    """The commands that the builder needs."""

    def __init__(self, run: Run, root: AptRoot) -> None:
        self._run = run
        self._root = root
        self._environment = {"APT_CONFIG": f"{root.path}/apt.conf", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}

    def prepare(self) -> None:
        """Folders and configuration; an empty status, so that nothing counts as installed."""
        base = Path(self._root.path)
        for folder in ("state/lists/partial", "cache/archives/partial", "log"):
            (base / folder).mkdir(parents=True, exist_ok=True)
        code, machine, err = self._run(["apt-config", "dump"], environ_update={"LC_ALL": "C"})
        if code:
            raise BundleError(f"apt-config dump: {err.strip()}")
        write(base / "apt.conf", self._root.configuration(machine), 0o600)
        write(base / "sources.list", self._root.sources())
        write(base / "preferences", self._root.preferences())
        write(base / "state/status", "")

    def _apt(self, *command: str, cwd: str | None = None) -> str:
        code, out, err = self._run(list(command), environ_update=self._environment, cwd=cwd)
        if code:
            verb = next((word for word in command[1:] if word in ("update", "install", "download")), "")
            raise BundleError(f"{command[0]} {verb} for {self._root.suite}: {last_words(out, err)}")
        return out

    def update(self) -> None:
        """Fetch what changed of the archive's indexes; any doubt about a signature is an error."""
        try:
            self._apt("apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update")
        except BundleError as error:
            if "not valid yet" in str(error):
                now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
                raise BundleError(
                    f"this machine's clock says {now}, before {self._root.suite} was signed; set the clock"
                ) from error
            if "NO_PUBKEY" in str(error) or "not signed" in str(error):
                unknown = f"{self._root.keyring} does not know the keys that {self._root.suite} is signed with"
                hint = (
                    "upgrade this machine's debian-archive-keyring from its own release's updates, or set offline_bundle_keyring"
                )
                raise BundleError(f"{unknown}; {hint}") from error
            raise

    def solve(self, packages: Iterable[str]) -> Solution:
        """What installing these on an empty machine would install."""
        return parse_simulation(self._apt("apt-get", "-q", "-s", "--no-install-recommends", "install", *packages))

    def index(self) -> str:
        """All the stanzas of all the indexes, one text."""
        listing = self._apt("apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages")
        texts = [Path(name).read_text(encoding="utf-8") for name in listing.splitlines() if Path(name).is_file()]
        return "\n\n".join(texts)

    def state(self) -> dict[str, str]:
        """What the signed indexes are: name to sum."""
        return {path.name: sha256(path) for path in sorted(Path(self._root.path, "state/lists").glob("*_InRelease"))}

    def download(self, wanted: Iterable[str], folder: Path) -> None:
        """Fetch name:architecture=version debs into a folder; apt holds them against the signed indexes."""
        folder.mkdir(parents=True, exist_ok=True)
        names = list(wanted)
        for start in range(0, len(names), 100):
            self._apt("apt-get", "-q", "download", *names[start : start + 100], cwd=os.fspath(folder))
