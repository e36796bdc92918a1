#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_probe
short_description: Tells whether a host is behind a NAT and which firewall of others is in the way
version_added: 0.1.0
description:
  - Asks for the addresses of a public name and looks whether they are on an interface of the host. If not, a device in front
    of it translates addresses.
  - Tells of every address what kind it is, of the ways out of the host, and whether the host's own outer address is
    translated once more (double NAT, carrier-grade NAT).
  - Looks at every rule of the kernel's packet filter that is not ours, in C(nftables) and in C(iptables), follows the site's
    traffic through them, and gives for each firewall that would drop it the exact lines that let it pass. It knows C(ufw),
    C(firewalld), Shorewall, Docker, libvirt and C(csf) by name, and every other one by its rules.
  - What the collection's own rules do is not looked at. A packet has to be accepted by all tables, so our accepting it is
    not enough.
  - Looks for what else is in the way of what is to be forwarded - translations of others for the same public address and port,
    and processes of the host itself that listen there.
  - Reads, and changes nothing. The firewalls can be read by root alone.
author:
  - The onprem.chat maintainers (@onprem)
options:
  name:
    description: Public DNS name of the service. Without it O(public_address) and the host's own addresses have to tell.
    type: str
  resolver:
    description:
      - Addresses of the name servers to ask for O(name), in that order. By default those that the host itself asks.
      - Needs C(python3-dnspython) on the host. Name one outside the site where the site's own servers have another view.
    type: list
    elements: str
    default: []
  public_address:
    description: The public address under which the site is to be reached. By default the first of O(publics).
    type: str
  publics:
    description: The public addresses as they were declared, each to be held against what the host has.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: The address.
        type: str
        required: true
      interface:
        description: The interface that packets for it come by.
        type: str
        required: true
      presence:
        description:
          - How they come to be here. With V(interface) the address has to be on that interface already; with V(secondary) and
            V(proxy_arp) it will be brought there; with V(routed) the provider routes it to this host.
        type: str
        choices: [interface, secondary, proxy_arp, routed]
        default: interface
      place:
        description: Where it was declared, for the words of a finding.
        type: str
  addresses:
    description: Other addresses that the host was declared to have.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: The address.
        type: str
        required: true
      interface:
        description: The interface that has it.
        type: str
        required: true
      place:
        description: Where it was declared, for the words of a finding.
        type: str
  lab:
    description:
      - Whether documentation addresses are meant, as in a lab. If not, having them outside is an error.
    type: bool
    default: false
  accept:
    description: Kinds of findings that may stand; errors of these kinds are not among RV(blocking).
    type: list
    elements: str
    choices:
      - provider_nat
      - second_nat
      - missing_address
      - missing_interface
      - unfit_address
      - documentation_address
      - foreign_firewall
      - foreign_dnat
      - taken_port
      - flushed_rules
      - not_read
      - name
      - routes
      - reverse_path
    default: []
  firewalls:
    description: Whether to look for firewalls.
    type: bool
    default: true
  ports:
    description:
      - What has to come through. On a router from outside, and from the LAN by the public address, to a host of the LAN; on any
        other host to itself.
      - Without any, on a router, everything that is translated has to come through.
    type: list
    elements: dict
    default: []
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp, ah, esp, gre]
        default: tcp
      port:
        description: The port as that host has it (the private one), or a range such as V(49152-65535).
        type: str
      host:
        description: Address of the host in the LAN. An address of the router itself means a port of the router.
        type: str
      public_address:
        description: The public address that the port is to be forwarded from, where that is done.
        type: str
      public_port:
        description: The port, or the range, as the outside has it. By default O(ports[].port).
        type: str
  wan:
    description: Interfaces towards the outside. By default those with a default route.
    type: list
    elements: str
    default: []
  lan:
    description:
      - Interfaces towards local networks. By default, when the host forwards packets, all others that have a private address.
      - Both O(wan) and O(lan) make a host a router.
    type: list
    elements: str
    default: []
  backend:
    description:
      - What the collection's own rules are written for. With V(iptables) they come first in its C(filter) table, so that nobody
        else in that table can drop what they accept; every other table still can.
    type: str
    choices: [nftables, iptables]
    default: nftables
  timeout:
    description: For how long each of the two questions for O(name) may take, in seconds.
    type: float
    default: 5
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.forwarding_plan
"""

EXAMPLES = r"""
- name: Is the router what the plan takes it for, and what would drop our traffic?
  onprem.chat.nat_probe:
    public_address: 203.0.113.10
    wan: [wan0]
    lan: [lan0]
    ports:
      - {protocol: tcp, port: 443, host: 192.168.1.30, public_address: 203.0.113.10}
      - {protocol: udp, port: 49152-65535, host: 192.168.1.31, public_address: 203.0.113.10}
      - {protocol: tcp, port: 22, host: 192.168.1.1}
  register: probe

- name: Stop when something keeps the plan from working, but for a process that listens on a forwarded port
  onprem.chat.nat_probe:
    publics: [{address: 203.0.113.10, interface: wan0}]
    wan: [wan0]
    lan: [lan0]
    ports: [{port: 443, host: 192.168.1.30, public_address: 203.0.113.10}]
    accept: [taken_port]
  register: probe
  failed_when: probe.blocking | length > 0

- name: Is the chat server behind a NAT?
  onprem.chat.nat_probe:
    name: chat.example.com
    resolver: [192.0.2.53]
    firewalls: false
  register: probe
"""

RETURN = r"""
behind_nat:
  description: Whether a device in front of the host translates its address; none when nobody can say from here.
  returned: success
  type: bool
  sample: true
reason:
  description: Why O(ignore:name) and the addresses say so.
  returned: success
  type: str
  sample: chat.example.com has 203.0.113.10, and that is on no interface of this host
name_addresses:
  description: What O(name) resolved to, sorted.
  returned: success
  type: list
  elements: str
  sample: [203.0.113.10]
interface_addresses:
  description: Addresses of the host with C(interface), C(address), C(prefix) and C(class).
  returned: success
  type: list
  elements: dict
  sample: [{interface: eth0, address: 192.168.1.30, prefix: 24, class: private}]
classes:
  description:
    - The class of every address that came up - V(public), V(private) (RFC 1918), V(shared) (RFC 6598), V(documentation)
      (RFC 5737, 3849), V(loopback), V(link-local), V(unique-local), V(multicast) or V(reserved).
  returned: success
  type: dict
  sample: {192.168.1.30: private, 203.0.113.10: documentation}
default_gateways:
  description: Default routes, the preferred first, with C(family), C(gateway), C(interface), C(metric) and C(table).
  returned: success
  type: list
  elements: dict
  sample: [{family: ipv4, gateway: 192.168.1.1, interface: eth0, metric: 0, table: main}]
double_nat:
  description: Whether the outer address of a router is translated once more; none when the host is no router.
  returned: success
  type: bool
  sample: false
wan:
  description: O(wan), or what was taken for it.
  returned: success
  type: list
  elements: str
  sample: [wan0]
lan:
  description: O(lan), or what was taken for it.
  returned: success
  type: list
  elements: str
  sample: [lan0]
ip_forward:
  description: Whether the kernel forwards, by family.
  returned: success
  type: dict
  sample: {ipv4: true, ipv6: false}
rp_filter:
  description: Reverse path filter in force on each interface that leads outside (0 off, 1 strict, 2 loose).
  returned: success
  type: dict
  sample: {wan0: 2}
findings:
  description: What is to be said, errors first.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - What it is about, in a word that does not change.
        - V(provider_nat) and V(second_nat), another translation stands in front; V(missing_address) and V(missing_interface),
          the host has not what was declared; V(unfit_address), nobody outside can reach a public address;
          V(documentation_address); V(foreign_firewall), a packet filter of others; V(foreign_dnat), a translation of others
          takes what is to be forwarded; V(taken_port), a process of the host listens there; V(flushed_rules), a file throws
          everybody's rules away; V(not_read), not everything could be looked at; V(name), what O(name) leads to; V(routes);
          V(reverse_path).
      type: str
      sample: foreign_firewall
    what:
      description: The fact in a line.
      type: str
      sample: ufw drops what the site needs
    severity:
      description: V(error) keeps the site from working, V(warning) may, V(info) is good to know.
      type: str
      sample: error
    detail:
      description: What it was seen by.
      type: str
    remedy:
      description: What to do; the exact lines, each on its own, where there are any.
      type: str
      sample: ufw route allow in on wan0 out on lan0 to 192.168.1.30 port 443 proto tcp
blocking:
  description: Those of RV(findings) that are errors and not of a kind in O(accept).
  returned: success
  type: list
  elements: dict
told:
  description: The same as a text for people, empty when there is none.
  returned: success
  type: str
firewalls:
  description: The firewalls that were found, none when O(firewalls=false) or Ansible is not root.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The tool, or V(nftables), V(iptables) or V(iptables-legacy) for rules of nobody known.
      type: str
      sample: ufw
    active:
      description: Whether its rules are in force.
      type: bool
    at_boot:
      description: Whether it is enabled.
      type: bool
    tables:
      description: Where its rules are.
      type: list
      elements: str
      sample: [iptables table ip filter]
    verdict:
      description: What it does with the site's traffic - V(passes), V(may drop), V(drops), or V(not in force).
      type: str
      sample: drops
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import names
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.answer import answer
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.finding import KINDS
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import (
    BACKENDS,
    PRESENCES,
    WITH_PORTS,
    WITHOUT_PORTS,
    ProbeError,
    parse,
)
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.reading import Reader, ReadingError

SPEC = {
    "name": {"type": "str"},
    "resolver": {"type": "list", "elements": "str", "default": []},
    "public_address": {"type": "str"},
    "publics": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "address": {"type": "str", "required": True},
            "interface": {"type": "str", "required": True},
            "presence": {"type": "str", "choices": [*PRESENCES], "default": "interface"},
            "place": {"type": "str"},
        },
    },
    "addresses": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "address": {"type": "str", "required": True},
            "interface": {"type": "str", "required": True},
            "place": {"type": "str"},
        },
    },
    "lab": {"type": "bool", "default": False},
    "accept": {"type": "list", "elements": "str", "choices": [*KINDS], "default": []},
    "firewalls": {"type": "bool", "default": True},
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "protocol": {"type": "str", "choices": [*WITH_PORTS, *WITHOUT_PORTS], "default": "tcp"},
            "port": {"type": "str"},
            "host": {"type": "str"},
            "public_address": {"type": "str"},
            "public_port": {"type": "str"},
        },
    },
    "wan": {"type": "list", "elements": "str", "default": []},
    "lan": {"type": "list", "elements": "str", "default": []},
    "backend": {"type": "str", "choices": [*BACKENDS], "default": "nftables"},
    "timeout": {"type": "float", "default": 5},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    try:
        question = parse(module.params)
        reader = Reader(module.run_command, module.get_bin_path)
        host = reader.host()
        seen, fault = reader.firewalls() if module.params["firewalls"] else (None, "")
        sockets = reader.sockets(question.forwards)
        resolved = names.resolve(question.name, question.resolver, module.params["timeout"])
    except (ProbeError, ReadingError, names.NoLibrary) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **answer(question, host, resolved, seen, fault, sockets))


if __name__ == "__main__":
    main()
