# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of Debian's archive that an isolated apt root has read, and their indexes as Debian publishes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle import provenance
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

from .apt import Run, last_words
from .files import write

HELPER = "/usr/lib/apt/apt-helper"
_FORMAT = "$(RELEASE)\t$(METAKEY)\t$(URI)\t$(FILENAME)"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Pocket:
    """One pocket with its index: the files that apt verified and keeps, and where the packed index is from."""

    run: Run
    root: Path
    name: str
    release: Path
    plain: Path
    uri: str
    index_path: str
    index_sum: str

    def pieces(self) -> Iterator[bytes]:
        """The plain index as apt keeps it."""
        with self.plain.open("rb") as stream:
            while piece := stream.read(_PIECE):
                yield piece

    def fetch(self, target: Path) -> None:
        """Get the packed index by its sum, which a mirror keeps for a while after the next one is out."""
        target.parent.mkdir(parents=True, exist_ok=True)
        folder, _slash, name = self.index_path.rpartition("/")
        partial = target.with_name(f".{target.name}")
        words = ""
        for place in (f"by-hash/SHA256/{self.index_sum}", name):
            partial.unlink(missing_ok=True)
            code, out, err = self.run(
                [HELPER, "download-file", f"{self.uri}/{folder}/{place}", str(partial), f"SHA256:{self.index_sum}"],
                environ_update={"APT_CONFIG": f"{self.root}/apt.conf", "LC_ALL": "C"},
            )
            if code == 0 and partial.is_file():
                write(target, partial.read_bytes())  # from a file: mirror it is a link
                partial.unlink()
                return
            words = words or last_words(out, err)
        raise BundleError(f"{self.uri}/{self.index_path}: cannot be fetched ({words}); run again, or set another mirror")


def pockets(run: Run, root: Path, suite: str) -> dict[str, Pocket]:
    """What an apt root holds for a suite, by the pocket's name, the one with most packages first."""
    code, listing, err = run(
        ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"],
        environ_update={"APT_CONFIG": f"{root}/apt.conf", "LC_ALL": "C"},
    )
    if code:
        raise BundleError(f"apt-get indextargets for {suite}: {last_words(listing, err)}")
    found = {}
    for line in listing.splitlines():
        name, key, uri, file = line.split("\t")
        if Path(file).is_file():
            found[name] = _pocket(run, root, name, key, uri.removesuffix(f"/{key}"), Path(file))
    order = provenance.pockets(suite)
    return {name: found[name] for name in order if name in found}


def _pocket(run: Run, root: Path, name: str, key: str, uri: str, plain: Path) -> Pocket:
    release = plain.with_name(plain.name.removesuffix(key.replace("/", "_")) + provenance.RELEASE)
    index_path = f"{key}.xz"
    try:
        signed = provenance.split_clear_signed(release.read_text(encoding="utf-8"))
        index_sum = provenance.parse_release(signed.text).sums[index_path]
    except (BundleError, OSError, KeyError) as error:
        raise BundleError(f"{uri}: its {provenance.RELEASE} names no {index_path} ({error}); set another mirror") from error
    return Pocket(run, root, name, release, plain, uri, index_path, index_sum)
