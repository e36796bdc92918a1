#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: chat_invitations
short_description: Links by which people make their own chat accounts
version_added: 0.1.0
description:
  - Keeps the invitations of a chat server that has the role P(onprem.chat.invitations#role), and makes new ones. Each makes one account,
    once, before it is over.
  - The token of a link is made on the control node from 256 random bits, and stands in nothing but the sheet for its person. The server
    gets its SHA-256, and no result, diff or log of Ansible holds either.
  - The sheets are files on the control node that their owner alone can read. A sheet whose invitation is over is deleted.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes
requirements:
  - segno on the control node, for O(state=invited)
options:
  state:
    description:
      - V(kept) takes back what people hold who are not in O(people), and tells how things are.
      - V(invited) also invites O(invite), or everybody in O(people) who has neither an account nor an invitation.
    type: str
    choices: [kept, invited]
    default: kept
  people:
    description: Who may have an invitation.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the account, the part of the address before the C(@).
        type: str
        required: true
      display_name:
        description: What others read in place of the name.
        type: str
        default: ""
  invite:
    description:
      - Names in O(people) that get a new link, for O(state=invited). A link that they have is worth nothing from then on.
      - It is an error when one of them has an account.
    type: list
    elements: str
    default: []
  revoke:
    description: Names whose invitation is taken back.
    type: list
    elements: str
    default: []
  days:
    description: For how many days a new link is good, 1 to 90.
    type: int
    default: 7
  chat_name:
    description: Name of the chat, the host of every link; required with O(state=invited).
    type: str
  title:
    description: What people call the chat.
    type: str
    default: Chat
  start_url:
    description: Page on which a device learns to trust the site; empty where devices trust it anyway.
    type: str
    default: ""
  language:
    description: Language of the sheets, one of the catalogues in C(roles/invitations/files/words).
    type: str
    default: en
  sheets:
    description: Folder of the sheets on the control node; required with O(state=invited).
    type: path
  add:
    description: The new invitations. It is filled in by the action plugin and not for use in tasks.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the account.
        type: str
        required: true
      display_name:
        description: What others read in place of the name.
        type: str
        default: ""
      digest:
        description: SHA-256 of the token, in hexadecimal digits.
        type: str
        required: true
"""

EXAMPLES = r"""
- name: Invite everybody who has not come yet
  onprem.chat.chat_invitations:
    state: invited
    people:
      - {name: carol, display_name: Carol Carter}
      - {name: dave}
    chat_name: chat.example.lan
    title: Example Office
    sheets: invitations/example.lan

- name: Take an invitation back
  onprem.chat.chat_invitations:
    people: [{name: carol}, {name: dave}]
    revoke: [dave]
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, one line each.
  returned: success
  type: list
  elements: str
  sample: ["carol: invited"]
invitations:
  description: How things are, a row for each person with C(name), C(state), C(expires) (seconds since 1970) and C(account). C(state) is
    V(open), V(claimed) (the account is being made), V(used), V(revoked), V(expired), or V(none).
  returned: success
  type: list
  elements: dict
sheets:
  description: Paths of the sheets that were written on the control node.
  returned: when O(state=invited)
  type: list
  elements: str
now:
  description: The clock of the chat server, in seconds since 1970.
  returned: success
  type: int
"""

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

ACCOUNT = "onprem-invitations"
PROGRAM = "/usr/local/lib/onprem-chat/invitations/onprem_invitations"


def arguments() -> dict[str, Any]:
    person = {"name": {"type": "str", "required": True}, "display_name": {"type": "str", "default": ""}}
    return {
        "state": {"type": "str", "choices": ["kept", "invited"], "default": "kept"},
        "people": {"type": "list", "elements": "dict", "options": person, "required": True},
        "invite": {"type": "list", "elements": "str", "default": []},
        "revoke": {"type": "list", "elements": "str", "default": []},
        "days": {"type": "int", "default": 7},
        "chat_name": {"type": "str"},
        "title": {"type": "str", "default": "Chat"},
        "start_url": {"type": "str", "default": ""},
        "language": {"type": "str", "default": "en"},
        "sheets": {"type": "path"},
        "add": {
            "type": "list",
            "elements": "dict",
            "options": {**person, "digest": {"type": "str", "required": True}},
            "default": [],
        },
    }


def ask(module: AnsibleModule) -> dict[str, Any]:
    """What the service's own program says, run as the service's own account: its folder is not root's to write in."""
    given = module.params
    if not Path(PROGRAM).exists():
        if module.check_mode:
            rows = [{"name": row["name"], "state": "none", "expires": 0, "account": False} for row in given["people"]]
            return {"changes": [], "invitations": rows, "now": 0}
        module.fail_json(
            msg="invitations: are not set up on this host; say invite: true in site_users and run the site's playbook first"
        )
    question = {
        "people": [row["name"] for row in given["people"]],
        "revoke": given["revoke"],
        "add": given["add"],
        "days": given["days"],
        "check": module.check_mode,
    }
    command = ["runuser", "-u", ACCOUNT, "--", "/usr/bin/python3", "-I", "-S", PROGRAM, "manage"]
    code, out, err = module.run_command(command, data=json.dumps(question), cwd="/")
    try:
        told = json.loads(out)
    except ValueError:
        told = {"error": " ".join(err.split()) or f"ended with status {code}"}
    if "error" in told:
        module.fail_json(msg=f"invitations: {told['error']}")
    return told


def main() -> None:
    module = AnsibleModule(
        argument_spec=arguments(),
        required_if=[("state", "invited", ("chat_name", "sheets"))],
        supports_check_mode=True,
    )
    if not 1 <= module.params["days"] <= 90:
        module.fail_json(msg=f"days: {module.params['days']} is not a number of days from 1 to 90")
    told = ask(module)
    lines = "".join(f"{line}\n" for line in told["changes"])
    module.exit_json(changed=bool(lines), diff={"before": "", "after": lines}, **told)


if __name__ == "__main__":
    main()
