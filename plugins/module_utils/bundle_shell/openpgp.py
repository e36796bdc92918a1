# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""gpg in a throw-away home, for the builder: make a key, sign at a given time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from types import TracebackType

from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError

Run = Callable[..., "tuple[int, str, str]"]
# Keys have to be older than any bundle they sign, also than one that is built again for an old epoch.
BORN = 1704067200


class OpenPgp:
    """A gpg home that lives as long as the with block; run is AnsibleModule.run_command."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._home = ""

    def __enter__(self) -> OpenPgp:
        # Short on purpose: the agent's socket lies in it and may have no more than 107 characters.
        self._home = tempfile.mkdtemp(prefix="ob-", dir="/tmp")
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._run(["gpgconf", "--homedir", self._home, "--kill", "all"])
        shutil.rmtree(self._home, ignore_errors=True)

    def _gpg(self, *arguments: str, data: str | None = None) -> str:
        command = [
            "gpg",
            "--homedir",
            self._home,
            "--batch",
            "--no-tty",
            "--quiet",
            "--yes",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
            *arguments,
        ]
        code, out, err = self._run(command, data=data, binary_data=True)
        if code:
            raise BundleError(f"gpg {arguments[-1]}: {err.strip() or 'failed'}")
        return out

    def generate(self, name: str) -> str:
        """A new ed25519 signing key without passphrase, armored; the caller keeps it safe."""
        self._gpg("--faked-system-time", f"{BORN}!", "--quick-generate-key", name, "ed25519", "sign", "never")
        return self._gpg("--armor", "--export-secret-keys")

    def load(self, secret: str) -> None:
        """Take an armored secret key in; it is the home's only one."""
        self._gpg("--import", data=secret)

    def public(self) -> str:
        """The armored public half."""
        return self._gpg("--armor", "--export-options", "export-minimal", "--export")

    def fingerprint(self) -> str:
        """The fingerprint of the key in the home."""
        lines = self._gpg("--with-colons", "--list-keys").splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))

    def clear_sign(self, text: str, epoch: int) -> str:
        """An inline signed text (InRelease); same text, key and epoch give the same bytes."""
        return self._gpg("--faked-system-time", f"{epoch}!", "--digest-algo", "SHA256", "--clear-sign", data=text)

    def detach_sign(self, text: str, epoch: int) -> str:
        """An armored detached signature."""
        return self._gpg("--faked-system-time", f"{epoch}!", "--digest-algo", "SHA512", "--armor", "--detach-sign", data=text)
