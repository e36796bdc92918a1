#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bundle_needs
short_description: Read from the inventory what a bundle has to hold
version_added: 0.1.0
description:
  - Looks at the groups and at the few C(site_*) variables that decide which packages a site needs. No passwords are looked at, so
    that the connected machine need not know them. (A vault that is one encrypted file has to be opened all the same, for Ansible
    reads it with the inventory.)
  - An inventory without a host in C(chat_servers) describes no site. The bundle holds everything then.
  - Runs on the control node alone; no host is contacted.
author:
  - The onprem.chat maintainers (@onprem)
options: {}
extends_documentation_fragment:
  - onprem.chat.attributes.info
seealso:
  - module: onprem.chat.site_plan
"""

EXAMPLES = r"""
- name: Read what the site needs
  onprem.chat.bundle_needs:
  register: onprem_needs
"""

RETURN = r"""
suites:
  description: Debian releases of the hosts and the control node.
  returned: success
  type: list
  elements: str
  sample: [bookworm, trixie]
without_roles:
  description: Roles that no host of the site has.
  returned: success
  type: list
  elements: str
  sample: [public_dns, public_certificate, router_nat]
without:
  description: Packages out of the other roles' lists that the site never uses.
  returned: success
  type: list
  elements: str
  sample: [lego]
packages:
  description: Further packages of Debian, which a chat server that the operator brings needs.
  returned: success
  type: list
  elements: str
  sample: []
operator_files:
  description: What is to be among the operator's own files, by name with its SHA-256 sum.
  returned: success
  type: dict
  sample: {}
"""

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    module.fail_json(msg="onprem.chat.bundle_needs runs on the control node; its action plugin was not found")


if __name__ == "__main__":
    main()
