#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_report
short_description: Writes what is known of a site as one page and as JSON, and prints the short of it
version_added: 0.1.0
description:
  - Puts together the verdict of all vantages (M(onprem.chat.verify_verdict)) and what the hosts say of themselves
    (M(onprem.chat.site_host_info)), and compares it with the report before.
  - C(report.html) is one file that asks for nothing else. It needs no script, follows the light or dark setting of who reads it, and prints well.
    C(report.json) has the same for programs. The report before is kept as C(report.previous.json).
  - Prints a short table. Never fails because of what the verdict says; look at RV(ok).
  - No secret is in it. A report tells of names, addresses, open ports and versions, so both files are for the owner of the folder alone.
  - Runs on the control node alone. In check mode nothing is written.
author:
  - The onprem.chat maintainers (@onprem)
options:
  site:
    description: What M(onprem.chat.site_plan) returned.
    type: dict
    required: true
  situation:
    description: The situation that it was computed for.
    type: str
    choices: [air_gap, nat_fixed_ip]
    default: air_gap
  verdict:
    description: What M(onprem.chat.verify_verdict) returned.
    type: dict
    required: true
  info:
    description: Name of the variable in which each host of the site has the registered result of M(onprem.chat.site_host_info).
    type: str
    default: onprem_host_info
  forwarding:
    description: RV(onprem.chat.forwarding_plan#module:plan) of the site's router, which says what outside reaches; empty without one.
    type: dict
    default: {}
  directory:
    description: Folder on the control node that the report is written into. It is made when it is not there.
    type: path
    required: true
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.verify_verdict
  - module: onprem.chat.site_host_info
"""

EXAMPLES = r"""
- name: Write the report
  onprem.chat.site_report:
    site: "{{ onprem_site }}"
    verdict: "{{ site_verify_result }}"
    directory: "{{ lookup('ansible.builtin.env', 'PWD') }}/reports/{{ onprem_site.domain }}"
  register: onprem_report
  run_once: true

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ onprem_report.html }}"
"""

RETURN = r"""
ok:
  description: Whether the verdict is good.
  returned: success
  type: bool
html:
  description: Path of the page.
  returned: success
  type: str
  sample: /srv/site/reports/example.lan/report.html
json:
  description: Path of the same for programs.
  returned: success
  type: str
  sample: /srv/site/reports/example.lan/report.json
notices:
  description: What works and is worth a look, one line each - a certificate that ends, a disk that fills, a port that nobody planned.
  returned: success
  type: list
  elements: str
changes:
  description: What is different from the report before, one line each.
  returned: success
  type: list
  elements: str
  sample: ["chat: nginx: was 1.26.3-3, now 1.26.3-3+deb13u1"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.report.arguments import ARGUMENTS


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg="onprem.chat.site_report runs on the control node; its action plugin was not found")


if __name__ == "__main__":
    main()
