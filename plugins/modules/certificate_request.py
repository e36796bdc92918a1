#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_request
short_description: Keep the private key of a server and ask for its certificate
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Keeps a private key on the host it runs on, and gives back a certificate request signed with it, for
    M(onprem.chat.certificate_authority). The key never leaves the host.
  - The request is made for the answer and kept nowhere, so it differs in its signature every time. The CA looks at its key and
    names alone.
options:
  name:
    description: Name of the request, usually the server's first DNS name.
    type: str
    required: true
  dns_names:
    description: DNS names of the server, wildcards included.
    type: list
    elements: str
    default: []
  addresses:
    description: Addresses of the server.
    type: list
    elements: str
    default: []
  key_path:
    description: File of the private key (PKCS #8, PEM). A missing directory is made, readable for all.
    type: path
    required: true
  key_owner:
    description: Owner of the key.
    type: str
    default: root
  key_group:
    description: Group that may read the key. Its mode is C(0640).
    type: str
    default: root
  key_type:
    description:
      - Kind of the key, V(ecdsa) (P-256) or V(rsa) (3072 bits). A key of another kind is replaced.
    type: str
    choices: [ecdsa, rsa]
    default: ecdsa
requirements:
  - cryptography (python3-cryptography) of at least 38 on the host; check mode works without
attributes:
  check_mode:
    support: full
    description:
      - Where the key would be made, RV(csr) is a stand-in that M(onprem.chat.certificate_authority) takes in check mode alone.
  diff_mode:
    support: full
    description: Shows kind, owner, group and mode, never the key.
  idempotent:
    support: full
    description: A key that is there is kept.
  platform:
    support: full
    platforms: posix
    description: Runs on Linux.
seealso:
  - module: onprem.chat.certificate_authority
"""

EXAMPLES = r"""
- name: Make the key of the chat server and ask for its certificate
  onprem.chat.certificate_request:
    name: chat.example.lan
    dns_names: [chat.example.lan, pki.example.lan]
    addresses: [192.168.1.30]
    key_path: /etc/onprem-chat/tls/chat.example.lan.key
    key_group: ssl-cert
  register: chat_request
"""

RETURN = r"""
name:
  description: Name of the request.
  returned: success
  type: str
csr:
  description: The certificate request (PEM), or in check mode a stand-in when there is no key yet.
  returned: success
  type: str
predicted:
  description: Whether RV(csr) is such a stand-in.
  returned: success
  type: bool
"""

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.onprem.chat.plugins.module_utils.pki.csr import make_csr
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import (
    HAS_CRYPTOGRAPHY,
    KEY_TYPES,
    dump_key,
    key_type,
    load_key,
    make_key,
)
from ansible_collections.onprem.chat.plugins.module_utils.pki.names import Names
from ansible_collections.onprem.chat.plugins.module_utils.pki.prediction import predict_csr
from ansible_collections.onprem.chat.plugins.module_utils.pki.store import sync_directory, write_file

MODE = 0o640

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "dns_names": {"type": "list", "elements": "str", "default": []},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "key_path": {"type": "path", "required": True, "no_log": False},
    "key_owner": {"type": "str", "default": "root", "no_log": False},
    "key_group": {"type": "str", "default": "root", "no_log": False},
    "key_type": {"type": "str", "choices": list(KEY_TYPES), "default": "ecdsa", "no_log": False},
}


def owner_ids(params: dict[str, Any], check_mode: bool) -> tuple[int, int] | None:
    """Numbers of owner and group; none when check mode looks at a host that does not have them yet."""
    try:
        return pwd.getpwnam(params["key_owner"]).pw_uid, grp.getgrnam(params["key_group"]).gr_gid
    except KeyError as error:
        if check_mode:
            return None
        raise PkiError(f"key_owner, key_group: {error.args[0]}: install what brings it first") from None


def observe(path: Path) -> str:
    """Kind, owner, group and mode of the key file as a line for the diff; nothing when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    kind = "a key"
    if HAS_CRYPTOGRAPHY:
        kind = key_type(load_key(path.read_bytes(), str(path))[0])
    return _line(kind, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def _line(kind: str, uid: int, gid: int, mode: int) -> str:
    return f"{kind}, owner {uid}, group {gid}, mode {mode:04o}\n"


def keep(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Bring the key to what the options say and sign a request with it."""
    names = Names.parse(params["dns_names"], params["addresses"], "")
    path = Path(params["key_path"])
    ids = owner_ids(params, check_mode)
    before = observe(path)
    kind = params["key_type"] if HAS_CRYPTOGRAPHY or not before else "a key"
    after = _line(kind, *ids, MODE) if ids else "a key of an owner or group to come\n"
    fresh = before.split(",")[0] != kind
    if not check_mode and before != after and ids:
        if fresh:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_file(path, dump_key(make_key(kind)), MODE, *ids)
        else:
            os.chown(path, *ids)
            path.chmod(MODE)
            sync_directory(path.parent)
    predicted = check_mode and (fresh or not HAS_CRYPTOGRAPHY)
    csr = predict_csr(names) if predicted else make_csr(load_key(path.read_bytes(), str(path))[0], names)
    headers = {"before_header": str(path), "after_header": str(path)}
    return {
        "changed": before != after,
        "name": params["name"],
        "csr": csr,
        "predicted": predicted,
        "diff": {**headers, "before": before, "after": after},
    }


def main() -> None:
    """Entry point."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not (HAS_CRYPTOGRAPHY or module.check_mode):
        module.fail_json(msg=missing_required_lib("cryptography"))
    try:
        answer = keep(module.params, module.check_mode)
    except (PkiError, OSError) as error:
        module.fail_json(
            msg=f"{error}\n(Options of the module; in the role local_ca, option x is the variable local_ca_request_x.)"
        )
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
