#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: shared_secret
short_description: A secret that a host makes itself, once
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Gives back the secret in a file of the host, and makes it with 256 random bits when there is none.
  - It is for two services that have to know one secret which nobody else has to know. Set C(no_log) on the task.
extends_documentation_fragment:
  - onprem.chat.attributes
attributes:
  diff_mode:
    support: none
    description: A secret is in no diff.
options:
  path:
    description: Absolute path of the file, owned by root and readable for nobody else. Missing parent directories are made.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Read the secret of the relay, or make it
  onprem.chat.shared_secret:
    path: /etc/onprem-chat/turn-relay/secret
  no_log: true
  register: relay
"""

RETURN = r"""
secret:
  description: The secret. In check mode, where there is none yet, words that stand for it.
  returned: success
  type: str
  sample: f3kC...
"""

import contextlib
import os
import re
import secrets
import stat
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

#: In place of a secret that is not there yet.
TO_COME = "made-when-this-is-run-without-check-mode"


def found(path):
    """The secret in the file, or None; raises OSError, and ValueError when there is something else in it."""
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,255}", text):
        raise ValueError(f"{path} holds no secret; delete the file, and a new one is made")
    return text


def tightened(path, check):
    """Whether others could read the file, which it is made against."""
    if stat.S_IMODE(path.stat().st_mode) == 0o600:
        return False
    if not check:
        path.chmod(0o600)
    return True


def made(path):
    """A new secret, in its file as a whole or not at all. Whoever was faster has won."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(secrets.token_urlsafe(32) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    return found(path)


def main():
    module = AnsibleModule(argument_spec={"path": {"type": "path", "required": True}}, supports_check_mode=True)
    path = Path(module.params["path"])
    try:
        secret = found(path)
        if secret is not None:
            changed = tightened(path, module.check_mode)
        else:
            changed, secret = True, TO_COME if module.check_mode else made(path)
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"path: {error}")
    module.exit_json(changed=changed, secret=secret)


if __name__ == "__main__":
    main()
