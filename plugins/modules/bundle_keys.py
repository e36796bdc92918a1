#!/usr/bin/python
# Copyright (c) 2026 The onprem.chat maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that sign bundles."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle_keys
short_description: Make the keys that sign air-gap bundles, once
version_added: 0.1.0
description:
  - Makes what is missing of the three keys that sign a bundle and leaves alone what is there.
  - O(path) is the operator's long-lived SSH key. It signs the manifest of every bundle, and the gap side pins its public half.
  - O(path) with V(.pgp) added is a long-lived OpenPGP key that signs the same manifest, for machines that only have C(gpgv)
    or C(sqv).
  - O(path) with V(.apt) added signs the apt repository inside the bundles. Hosts trust it for that one repository alone,
    because the signed manifest covers its public half.
  - O(path) with V(.signers) added is the text to pin in the gap, the public halves of the first two.
author:
  - The onprem.chat maintainers (@onprem)
options:
  path:
    description: The operator's SSH private key. Its folder is made when missing, for the owner alone.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Tells whether keys would be made and makes none.
  diff_mode:
    support: none
    description: Key material is never shown.
  idempotent:
    support: full
    description: Existing keys are never replaced.
seealso:
  - module: onprem.chat.bundle_seal
"""

EXAMPLES = r"""
- name: Make sure that bundles can be signed
  onprem.chat.bundle_keys:
    path: "{{ ansible_facts.env.HOME }}/.config/onprem-chat/bundle-key"
  register: bundle_keys
"""

RETURN = r"""
created:
  description: The key files that were made by this call, or would be in check mode.
  returned: success
  type: list
  elements: str
signers:
  description: The text to pin in the gap, empty in check mode before the keys exist.
  returned: success
  type: str
signers_path:
  description: The file that holds RV(signers).
  returned: success
  type: str
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle.errors import BundleError
from ansible_collections.onprem.chat.plugins.module_utils.bundle.signers import render_signers
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.files import write
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.openpgp import OpenPgp


def ssh_public(module: AnsibleModule, path: Path) -> str:
    """The public half of an SSH key: from its .pub, else from the key itself."""
    public = Path(f"{path}.pub")
    if public.is_file():
        return public.read_text()
    code, out, err = module.run_command(["ssh-keygen", "-y", "-P", "", "-f", str(path)])
    if code:
        raise BundleError(f"{path}: no {public.name} beside it, and the public key cannot be read from it ({err.strip()})")
    return out


def make_ssh(module: AnsibleModule, path: Path) -> None:
    """A new ed25519 key."""
    code, _out, err = module.run_command(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "onprem.chat bundles", "-f", str(path)]
    )
    if code:
        raise BundleError(f"{path}: ssh-keygen could not make it ({err.strip()})")


def make_openpgp(module: AnsibleModule, path: Path, name: str) -> None:
    """A new OpenPGP key, written for the owner alone."""
    with OpenPgp(module.run_command) as gpg:
        write(path, gpg.generate(name), 0o600)


def ensure(module: AnsibleModule, path: Path) -> dict:
    """Make what is missing; the result of the module."""
    makers = {
        path: lambda: make_ssh(module, path),
        Path(f"{path}.pgp"): lambda: make_openpgp(module, Path(f"{path}.pgp"), "onprem.chat bundles"),
        Path(f"{path}.apt"): lambda: make_openpgp(module, Path(f"{path}.apt"), "onprem.chat bundle repository"),
    }
    created = [str(key) for key in makers if not key.exists()]
    signers_path = Path(f"{path}.signers")
    if module.check_mode and created:
        return {"changed": True, "created": created, "signers": "", "signers_path": str(signers_path)}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for key, make in makers.items():
        if not key.exists():
            make()
    with OpenPgp(module.run_command) as gpg:
        gpg.load(Path(f"{path}.pgp").read_text())
        signers = render_signers(ssh_public(module, path), gpg.public())
    stale = not signers_path.is_file() or signers_path.read_text() != signers
    if stale and not module.check_mode:
        write(signers_path, signers)
    return {"changed": bool(created) or stale, "created": created, "signers": signers, "signers_path": str(signers_path)}


def main() -> None:
    """Entry point."""
    module = AnsibleModule(argument_spec={"path": {"type": "path", "required": True, "no_log": False}}, supports_check_mode=True)
    for tool in ("ssh-keygen", "gpg", "gpgconf"):
        module.get_bin_path(tool, required=True)
    try:
        module.exit_json(**ensure(module, Path(module.params["path"])))
    except (BundleError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
