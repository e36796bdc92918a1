#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell around the core in module_utils/nat_ruleset."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_ruleset_info
short_description: Read back what M(onprem.chat.nat_ruleset) has put on a router
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Tells which ruleset is confirmed, whether it is what runs, and whether a change waits for its confirmation.
extends_documentation_fragment:
  - onprem.chat.attributes.info
options:
  texts:
    description: Whether to return the texts as well.
    type: bool
    default: true
seealso:
  - module: onprem.chat.nat_ruleset
"""

EXAMPLES = r"""
- name: Look at the router
  onprem.chat.nat_ruleset_info:
  register: found

- name: Check that the confirmed rules run
  ansible.builtin.assert:
    that: found.intact and not found.pending
"""

RETURN = r"""
present:
  description: Whether rules of ours run.
  returned: success
  type: bool
  sample: true
backend:
  description: V(nftables), V(iptables), or nothing when there is no ruleset.
  returned: success
  type: str
  sample: nftables
digest:
  description: SHA-256 over the confirmed texts, as RV(onprem.chat.nat_ruleset#module:digest).
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
intact:
  description: Whether exactly the confirmed rules run, or the pending ones when a change is pending.
  returned: success
  type: bool
  sample: true
pending:
  description: Whether rules run that wait for their confirmation.
  returned: success
  type: bool
  sample: false
pending_digest:
  description: SHA-256 over the texts that wait.
  returned: success
  type: str
  sample: ""
seconds_left:
  description: Seconds until the router falls back.
  returned: success
  type: int
  sample: 0
connections:
  description: Connections that the kernel tracks, of all kinds.
  returned: success
  type: int
  sample: 214
connections_max:
  description: How many it can track.
  returned: success
  type: int
  sample: 262144
live:
  description: Our rules as the kernel lists them, by part (V(nft), V(ip4), V(ip6)).
  returned: success
  type: dict
  sample: {nft: "table inet onprem_chat {...}"}
confirmed:
  description: The confirmed texts by part.
  returned: success
  type: dict
  sample: {nft: "table inet onprem_chat..."}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.error import NatRulesetError
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.router import describe
from ansible_collections.onprem.chat.plugins.module_utils.nat_ruleset.store import Store


def main():
    module = AnsibleModule(argument_spec={"texts": {"type": "bool", "default": True}}, supports_check_mode=True)
    try:
        result = describe(Store(), module.params["texts"])
    except (NatRulesetError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
