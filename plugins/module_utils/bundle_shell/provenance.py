# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Did Debian sign these packages? Asked of the machine's own keyring, so that a stolen bundle key brings no foreign package in.

verify.sh does the same with what a bare machine has.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.onprem.chat.plugins.module_utils.bundle import provenance as core
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

from .files import sha256
from .verify import Run

KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
CHECKERS = {"gpgv": ("gpgv", "--ignore-time-conflict", "--status-fd", "1"), "sqv": ("sqv",)}
# What sqv says when the clock is behind; gpgv can be told not to mind.
_BEHIND = "Not live until"
# A key that has expired since signed while it was good: a bundle may well be older than that.
_GOOD = re.compile(r"^\[GNUPG:\] (?:GOODSIG|EXPKEYSIG) ", re.MULTILINE)
_PIECE = 1 << 20


def check(run: Run, bundle: Path, suite: str, wanted: Mapping[str, str]) -> list[str]:
    """Hold packages (sum to path) against what Debian signed for a suite; the bundle has been verified by its own manifest.

    Returns what could not be looked at and why. Raises BundleError naming the package or file that Debian did not sign.
    """
    left, notes, indexes = dict(wanted), [], []
    releases = sorted((bundle / core.FOLDER / suite).glob(f"*/*/{core.RELEASE}")) if wanted else []
    for path in releases:
        release, note = _release(run, path, suite, path.relative_to(bundle).as_posix())
        notes += [note] if note and note not in notes else []
        for index in sorted(path.parent.rglob(core.INDEX)):
            if release.sums.get(index.relative_to(path.parent).as_posix()) != sha256(index):
                raise BundleError(f"{index.relative_to(bundle)} is not what the {core.RELEASE} beside it was signed for")
            indexes.append(index)
    for index in sorted(indexes, key=lambda path: path.stat().st_size):
        found = core.find_sums(left, _pieces(index)) if left else ()
        left = {digest: name for digest, name in left.items() if digest not in found}
    if left:
        raise BundleError(
            f"{', '.join(sorted(left.values())[:3])} is in no index that Debian signed for {suite}: "
            "it is not Debian's own package; do not install from this bundle"
        )
    return notes


def check_all(run: Run, bundle: Path, sums: Mapping[str, str]) -> list[str]:
    """The same for every package of a manifest (path to sum)."""
    suites: dict[str, dict[str, str]] = {}
    for path, digest in sums.items():
        if path.startswith("debian/pool/"):
            suites.setdefault(path.split("/")[2], {})[digest] = path
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda suite: check(run, bundle, suite, suites[suite]), sorted(suites)))
    return list(dict.fromkeys(note for notes in answers for note in notes))


def _release(run: Run, path: Path, suite: str, name: str) -> tuple[core.Release, str | None]:
    try:
        signed = core.split_clear_signed(path.read_text(encoding="utf-8"))
    except (BundleError, UnicodeDecodeError) as error:
        raise BundleError(f"{name} {error}") from error
    note = _signature(run, signed, name)
    release = core.parse_release(signed.text)
    problem = core.release_problem(release, suite, path.parent.name)
    if problem:
        raise BundleError(f"{name} {problem}")
    return release, note


def _signature(run: Run, signed: core.Signed, name: str) -> str | None:
    """One good signature of a key that the machine knows suffices; Debian signs with those of two releases."""
    keyring = next((path for path in KEYRINGS if os.access(path, os.R_OK)), None)
    checker = next((tool for tool in CHECKERS if shutil.which(tool)), None)
    if keyring is None or checker is None:
        lack = f"has no {KEYRINGS[0].name}" if keyring is None else "has neither gpgv nor sqv"
        return f"that Debian signed the indexes of its packages was not checked: this machine {lack}"
    with tempfile.TemporaryDirectory(prefix="onprem-chat-") as folder:
        text, signature = Path(folder, "text"), Path(folder, "signature")
        text.write_bytes(signed.text.encode())
        signature.write_bytes(signed.signature.encode())
        code, out, err = run([*CHECKERS[checker], "--keyring", str(keyring), str(signature), str(text)])
    if code == 0 or (checker == "gpgv" and _GOOD.search(out)):
        return None
    if _BEHIND in err:
        return f"that Debian signed {name} was not checked: the clock of this machine is behind, and sqv cannot do it then"
    raise BundleError(
        f"{name} is not signed by Debian, or by a key that is newer than {keyring}; "
        "in the second case the machine needs a newer debian-archive-keyring"
    )


def _pieces(path: Path) -> Iterator[bytes]:
    with lzma.open(path) as stream:
        while piece := stream.read(_PIECE):
            yield piece
