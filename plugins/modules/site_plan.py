#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_plan
short_description: Compute what every role of a site is told
version_added: 0.1.0
description:
  - Reads the inventory (the groups C(chat_servers), C(dns_servers), C(certificate_authority), C(turn_relays), C(clients) and
    C(routers), and the C(site_*) variables), checks it as a whole, and returns what each role needs to know.
  - Every problem of the inventory is reported at once, each with the place where it stands and what to do.
  - Runs on the control node alone; no host is contacted.
author:
  - The onprem.chat maintainers (@onprem)
options:
  situation:
    description:
      - V(air_gap) is a LAN with no way out. What the inventory says of a public name is not looked at.
      - V(nat_fixed_ip) is a LAN behind a router with a fixed public address. C(site_public_name), C(site_router) and C(site_services)
        are needed then, and are checked together with the rest.
    type: str
    choices: [air_gap, nat_fixed_ip]
    default: air_gap
extends_documentation_fragment:
  - onprem.chat.attributes.info
"""

EXAMPLES = r"""
- name: Compute the site
  onprem.chat.site_plan:
  register: onprem_site
  run_once: true

- name: Show what this host does
  ansible.builtin.debug:
    msg: "{{ onprem_site.hosts[inventory_hostname].duties }}"
"""

RETURN = r"""
domain:
  description: The domain of the site.
  returned: success
  type: str
  sample: example.lan
title:
  description: What people call the site.
  returned: success
  type: str
networks:
  description: The networks of the LAN.
  returned: success
  type: list
  elements: str
  sample: [192.168.1.0/24]
unneeded_packages:
  description: Packages out of the roles' lists that this site never uses, so that a bundle built for it has none of them.
  returned: success
  type: list
  elements: str
  sample: [lego]
hosts:
  description: For each managed host, by inventory name, its RV(hosts) entry with C(name), C(fqdn), C(address), C(addresses), C(duties), C(roles),
    C(expect), what the preflight holds it against, and C(public), its certificate for a public name, if any.
  returned: success
  type: dict
chat:
  description: The chat server, with C(host), C(name), C(addresses), C(pki_name), C(certificates) that the site's own authority signs, C(chain_path),
    C(key_path), and C(lan_names) and C(lan_addresses) under which the LAN alone knows it.
  returned: success
  type: dict
relay:
  description:
    - The relay (TURN server) for calls, with C(host), C(name), C(own_host), C(address), C(public_address) (empty in an air gap), C(tls_port),
      C(relay_ports), C(offers) as clients get them, C(denied_peers) (the router's own addresses), C(certificate) that the site's own
      authority signs (nothing where it has the chat's), C(chain_path) (empty where the certificate is handed over) and C(key_path).
    - Nothing without a host in the group C(turn_relays).
  returned: success
  type: dict
public:
  description: What the outside sees, with C(name), C(address), C(hairpin), C(ports), C(zone), C(records), and where records and certificate
    come from; nothing in an air gap.
  returned: success
  type: dict
authority:
  description: The certificate authority, with C(host), C(further_domains), C(networks), C(crl_base_url) and C(crl_urls).
  returned: success
  type: dict
dns:
  description: What the name servers serve, with C(hosts), C(known_hosts), C(services), C(split), C(primary), C(primary_host), C(secondaries),
    C(servers) and C(forwarders).
  returned: success
  type: dict
seats:
  description:
    - From where the site is verified. For each vantage, by inventory name, its RV(seats) entry with C(seat) and what it should see there.
    - Besides the chat server and the group C(clients) these are the groups C(controllers) and, with V(nat_fixed_ip), C(outside) and C(routers).
  returned: success
  type: dict
forwarding:
  description: RV(onprem.chat.forwarding_plan#module:plan) of the site's router; empty in an air gap.
  returned: success
  type: dict
time:
  description: The time source, with C(server) and C(upstreams).
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.site.arguments import ARGUMENTS


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg="onprem.chat.site_plan runs on the control node; its action plugin was not found")


if __name__ == "__main__":
    main()
