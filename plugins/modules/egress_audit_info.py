#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell around the core in module_utils/egress."""

from __future__ import annotations

DOCUMENTATION = r"""
module: egress_audit_info
short_description: Tells which process tried to leave the network
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Reads the table of nftables that the role P(onprem.chat.egress_audit#role) has loaded. Whoever is in it tried to reach an
    address that is outside the networks of the site.
  - The table begins anew when the host boots or its networks change.
requirements:
  - nft
extends_documentation_fragment: [onprem.chat.attributes.info]
"""

EXAMPLES = r"""
- name: Read who tried to leave
  onprem.chat.egress_audit_info:
  register: audit

- name: Stop when anybody did
  ansible.builtin.assert:
    that: audit.active and audit.packets == 0
    fail_msg: "{{ audit.tries }}"
"""

RETURN = r"""
active:
  description: Whether the table is there. Without it nobody watches.
  returned: success
  type: bool
  sample: true
packets:
  description: All packets to outside since the table was loaded, whether or not they are among RV(tries). Of a TCP connection, those that ask for it.
  returned: success
  type: int
  sample: 14
tries:
  description: Who tried to reach what, the latest first.
  returned: success
  type: list
  elements: dict
  contains:
    uid:
      description: User of the process; nothing for the kernel itself and for what is forwarded for others.
      type: int
      sample: 110
    user:
      description: Name of the user, or the number where it has no name.
      type: str
      sample: ejabberd
    unit:
      description: Unit of the process, where the host has cgroup v2. Empty when the unit has ended since.
      type: str
      sample: ejabberd.service
    source:
      description: Whom a packet was forwarded for.
      type: str
      sample: ""
    destination:
      description: Address that was to be reached.
      type: str
      sample: 203.0.113.7
    protocol:
      description: Protocol by its name, or by its number where it has no name.
      type: str
      sample: tcp
    port:
      description: Port that was to be reached, where the protocol has ports.
      type: int
      sample: 443
    packets:
      description: How many packets. Of a TCP connection only those count that ask for it.
      type: int
      sample: 14
    first:
      description: When first, in UTC.
      type: str
      sample: "2026-11-21 13:05:09"
    last:
      description: When last, in UTC.
      type: str
      sample: "2026-11-21 13:09:41"
"""

import pwd
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.egress.error import EgressError
from ansible_collections.onprem.chat.plugins.module_utils.egress.listing import TABLE, counters, parse, rows


def user_name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def user_id(name):
    return pwd.getpwnam(name).pw_uid


def utc(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    code, listing, complaint = module.run_command(["nft", "-j", "list", "table", "inet", TABLE])
    if code != 0 and "No such file" in complaint:
        module.exit_json(changed=False, active=False, packets=0, tries=[])
    if code != 0:
        module.fail_json(msg=f"the table {TABLE} cannot be read: {complaint.strip()}")
    try:
        attempts = parse(listing, time.time(), user_id)
    except EgressError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, active=True, packets=sum(counters(listing).values()), tries=rows(attempts, user_name, utc))


if __name__ == "__main__":
    main()
