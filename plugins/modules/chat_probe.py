#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_probe
short_description: Logs in to a chat server and looks what it keeps
version_added: 0.1.0
description:
  - Logs in from this host, over STARTTLS and against what this host trusts, and does what is asked - writes messages, looks for
    messages in the account's own history, sends a file and fetches it again. Each is a rung of a ladder, as with
    M(onprem.chat.site_probe).
  - Never fails because of what it saw.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - slixmpp 1.8 or later
options:
  name:
    description: Name of the chat service, which is also its XMPP domain.
    type: str
    required: true
  user:
    description: Name of the account, without the domain.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  port:
    description: Port of the chat server, with STARTTLS.
    type: int
    default: 5222
  send:
    description: Messages to write, name of the receiving account to text.
    type: dict
    default: {}
  messages:
    description: Texts that must stand in the account's history, each with the name of who wrote it.
    type: dict
    default: {}
  upload:
    description: Whether a file is sent and fetched again. It goes with the account.
    type: bool
    default: false
  timeout:
    description: For how long each answer is awaited, in seconds.
    type: float
    default: 5
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
"""

EXAMPLES = r"""
- name: See whether what the desks wrote is there after a new log-in
  onprem.chat.chat_probe:
    name: chat.example.lan
    user: probe-b
    password: "{{ vault_probe_b }}"
    messages: {desk1: hello from desk1, desk2: hello from desk2}
  register: kept
"""

RETURN = r"""
steps:
  description: Every rung, in order, as M(onprem.chat.site_probe) returns them - V(login again), V(to NAME), V(from NAME), V(upload).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe.ears import Ears
from ansible_collections.onprem.chat.plugins.module_utils.verify.errands import check, rungs
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import VerifyError, climb

SPEC = {
    "name": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "port": {"type": "int", "default": 5222},
    "send": {"type": "dict", "default": {}},
    "messages": {"type": "dict", "default": {}},
    "upload": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 5},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    wanted = module.params
    try:
        check(wanted["port"], wanted["messages"])
    except VerifyError as error:
        module.fail_json(msg=str(error))
    ears = Ears(wanted)
    try:
        steps = climb(
            rungs(wanted["name"], wanted["port"], list(wanted["send"]), list(wanted["messages"]), wanted["upload"]), ears.look
        )
    finally:
        ears.close()
    module.exit_json(changed=False, steps=[step.as_dict() for step in steps])


if __name__ == "__main__":
    main()
