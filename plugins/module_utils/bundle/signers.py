# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that pins who may sign: an OpenSSH allowed_signers line and an armored OpenPGP key in one file."""

from __future__ import annotations

import re

from .errors import BundleError
from .manifest import NAMESPACE

PRINCIPAL = "bundle"
_SSH_KEY = re.compile(r"^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]+")
_ARMOR = re.compile(r"-----BEGIN PGP PUBLIC KEY BLOCK-----\n.*?-----END PGP PUBLIC KEY BLOCK-----", re.DOTALL)


def render_signers(ssh_public: str, openpgp_public: str = "") -> str:
    """The pin for these public keys; raises BundleError when the SSH one is none."""
    match = _SSH_KEY.match(ssh_public.strip())
    if not match:
        raise BundleError("the operator's public key: not an SSH public key line")
    head = "# Who may sign bundles for this site. Keep it with the inventory; never take it from the stick.\n"
    return f'{head}{PRINCIPAL} namespaces="{NAMESPACE}" {match.group(0)}\n' + (
        f"{openpgp_public.strip()}\n" if openpgp_public.strip() else ""
    )


def parse_signers(text: str) -> str:
    """The pin in its normal form (an inventory may have indented it); raises BundleError when it pins nothing."""
    plain = "\n".join(line.strip() for line in text.splitlines()) + "\n"
    if not any(line.startswith(f"{PRINCIPAL} ") or _SSH_KEY.match(line) for line in plain.splitlines()) and not _ARMOR.search(
        plain
    ):
        raise BundleError(
            "offline_source_signers: holds no signer; put in the text of the .signers file that the bundle's builder made"
        )
    return plain
