#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_zone_plan
short_description: Compute the DNS zones of a site
version_added: 0.1.0
description:
  - Turns a domain, its networks, hosts, services and texts into a forward zone, one reverse zone for each network, one zone for each name
    in split view, and the local zones that a resolver of the site needs beside them.
  - Every problem of the input is reported at once, each with the place where it stands and what to do.
  - The same input gives the same bytes. The serial of a zone is the token C(@SERIAL@), which M(onprem.chat.config_set) fills in on the
    host where O(onprem.chat.config_set#module:files[].zone_serial) is set.
  - Runs on the control node alone; no host is contacted.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes.info
options:
  domain:
    description: The domain of the site, of two labels or more.
    type: str
    required: true
  networks:
    description:
      - The networks of the site as prefixes, IPv4 no wider than /8 and IPv6 no wider than /16.
      - Reverse zones are cut where DNS can cut. A /22 has four reverse zones; a /28 gets the zone of the /24 it is in.
    type: list
    elements: raw
    required: true
  hosts:
    description:
      - The hosts as mappings. C(name) and C(addresses) (a list, IPv4 and IPv6) are needed.
      - C(aliases) lists further names. Each becomes a CNAME; the domain itself, written C(@), gets the addresses instead.
      - C(outside_networks) set to C(true) says that an address outside all O(networks) is meant.
      - A name is written alone (C(chat)) or with the whole domain (C(chat.example.lan)).
    type: list
    elements: raw
    required: true
  services:
    description:
      - The SRV records as mappings. C(service), C(port) and C(target) are needed.
      - C(target) is a host or an alias, which is followed to its host; C(.) says that the service is decidedly not offered.
      - C(protocol) is C(tcp) when not given, C(priority) and C(weight) are C(0), C(domain) is O(domain) or a name in it.
    type: list
    elements: raw
    default: []
  texts:
    description: The TXT records as mappings with C(name) and C(text).
    type: list
    elements: raw
    default: []
  split:
    description:
      - Names of the outside world that the site sees differently (split view), as mappings. C(name) in full is needed, and either C(host)
        or C(addresses).
      - C(host) is a host or an alias of O(hosts), whose addresses the name gets; C(addresses) lists addresses in the O(networks) instead.
      - C(services) lists the SRV records of the name as mappings with C(service) and C(port), and perhaps C(protocol), C(priority) and
        C(weight). Their target is the name itself.
      - Each name becomes a zone of its own that ends there. Its neighbours stay what they are outside; what is under it or at it outside,
        such as a TXT record, is not seen by the site.
    type: list
    elements: raw
    default: []
  address:
    description: The address of the name server that this plan is for, which is O(primary_address) or one of O(secondary_addresses).
    type: str
    required: true
  primary_address:
    description: The address of the primary name server, which is one of the O(hosts).
    type: str
    required: true
  secondary_addresses:
    description: The addresses of the secondary name servers, which are among the O(hosts).
    type: list
    elements: raw
    default: []
  hostmaster:
    description: The mail address of whoever answers for the domain; C(hostmaster) at O(domain) when not given.
    type: str
  ttl:
    description: How many seconds a client may remember a record.
    type: int
    default: 300
  mode:
    description: V(primary) holds every zone as a file; V(secondary) fetches the forward, reverse and split zones from its primary.
    type: str
    choices: [primary, secondary]
    default: primary
  forwarders:
    description:
      - The addresses of the resolvers that are asked for foreign names.
      - With none the site is in a gap. It gets a root zone that knows its own zones alone, so that every other name is denied at once.
      - With some it gets a response policy zone that denies the names which switch devices to resolvers elsewhere.
    type: list
    elements: raw
    default: []
  primary_directory:
    description: Where the zone files of this plan stand on the server.
    type: path
    default: /etc/bind/zones
  secondary_directory:
    description: Where a secondary keeps the zones that it has fetched.
    type: path
    default: /var/cache/bind
  path_prefix:
    description: What to put before each path of an error, such as the prefix of a role's variables.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Compute the zones of the site
  onprem.chat.dns_zone_plan:
    domain: example.lan
    networks: [192.168.1.0/24]
    hosts:
      - {name: dns, addresses: [192.168.1.53]}
      - {name: chat, addresses: [192.168.1.30], aliases: [pki]}
    services:
      - {service: xmpp-client, port: 5222, target: chat, domain: chat}
    split:
      - {name: chat.example.com, host: chat, services: [{service: xmpp-client, port: 5222}]}
    address: 192.168.1.53
    primary_address: 192.168.1.53
  register: zone_plan

- name: Show the zone files
  ansible.builtin.debug:
    msg: "{{ zone_plan.files }}"
"""

RETURN = r"""
zones:
  description: The zones, each with C(name), C(kind) (forward, reverse, split, loopback, root or policy), C(type) (primary or secondary),
    C(transferred) (whether secondaries fetch it) and C(path).
  returned: success
  type: list
  elements: dict
files:
  description: The zone files of the primary zones, each with C(path) and C(content).
  returned: success
  type: list
  elements: dict
listen:
  description: The addresses of this name server, with C(ipv4) and C(ipv6).
  returned: success
  type: dict
  sample: {ipv4: [192.168.1.53], ipv6: []}
networks:
  description: The networks of the site.
  returned: success
  type: list
  elements: str
  sample: [192.168.1.0/24]
primary:
  description: The address of the primary.
  returned: success
  type: str
  sample: 192.168.1.53
secondaries:
  description: The addresses of the secondaries.
  returned: success
  type: list
  elements: str
forwarders:
  description: The addresses of the resolvers that are asked for foreign names.
  returned: success
  type: list
  elements: str
warnings:
  description: What can be served but will surprise.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.dns.arguments import ARGUMENTS


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg="onprem.chat.dns_zone_plan runs on the control node; its action plugin was not found")


if __name__ == "__main__":
    main()
