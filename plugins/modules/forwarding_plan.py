#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: forwarding_plan
short_description: Compute what a router translates and lets pass
version_added: 0.1.0
description:
  - Turns a router and the services behind it into one plan, and the plan into rules, a table for people, a picture and the verdicts that say
    what will reach what, under which translation, seen from whom.
  - Every problem of the input is reported at once, each with the place where it stands and what to do.
  - The same input gives the same bytes; the order of services and of their ports does not matter.
  - Changes nothing and contacts no host. It runs on the control node and asks its resolver for the names in C(egress) alone.
  - On the command line O(router) and the other options may stand in a file, as C(-a @intent.yml).
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes.info
options:
  router:
    description:
      - The router, as a mapping.
      - C(wan) lists the interfaces towards the outside, each with C(interface), C(addresses) (with their prefix, the first IPv4 one is what the
        LAN leaves with) and C(gateway).
      - C(lan) lists the interfaces towards local networks, each with C(interface), C(address) and C(network), and for IPv6 with C(address6) and
        C(network6).
      - C(public) lists the public addresses, each with C(address), C(presence) and C(wan). The presence is C(interface) (an address of
        the WAN interface), C(secondary) (one to add to it), C(proxy_arp) (in its network, answered for) or C(routed) (the provider
        routes it to the router). C(wan) is the interface that its packets come by, where that is not evident. When C(public) is not given,
        the addresses of all C(wan) are meant.
      - C(management) lists how the router itself stays reachable, each with C(protocol) (C(tcp) when not given), C(ports) and C(sources)
        (everybody when not given). When there is a row, these ports are closed to everybody else.
      - C(masquerade) is ordinary outbound translation of the LANs, C(true) when not given.
      - C(egress_policy) is C(open), or C(restricted) when only what services declare as C(egress) leaves the LANs.
      - C(foreign_firewalls) lists packet filters of others that the router has, by the names that M(onprem.chat.nat_probe) gives them
        (C(ufw), C(firewalld), C(shorewall), C(docker) and others), or C(nftables_service) where the distribution's service flushes all rules;
        each gives a warning that says what to do.
    type: raw
    required: true
  services:
    description:
      - The services, as a list of mappings. C(name) is needed (small letters, digits and underscore), C(host) or C(host6), and C(profile),
        C(ports) or C(egress).
      - C(profile) is a row of the table of products, C(chat_web), C(xmpp_client), C(stun_turn), C(theoffice_1_gateway),
        C(theoffice_2_gateway), C(theoffice_3_gateway), C(theoffice_3_client), C(apuppet) or C(genesys_webrtc). C(ports) and C(egress)
        come on top of it; a row of C(ports) takes the place of the profile's row for the same public port.
      - C(host) is the host's address in a LAN; a network inside a LAN where there is nothing but C(egress).
      - C(host6) is its IPv6 address, which is not translated; the same ports are opened to it.
      - C(public_address) is one of the router's public addresses, the first when not given.
      - C(mapping) is C(port_forward), or C(one_to_one) when the public address is reserved for the host, which then leaves with it as well.
      - C(sources) says who may come in from outside, C(any) when not given, else a list of networks. LAN clients are not outside.
      - C(hairpin) says whether LAN clients may use the public address, C(true) when not given.
      - C(ports) lists what comes in, each with C(protocol) (C(tcp), C(udp), C(tcp+udp), C(ah), C(esp), C(gre)), C(public) (a port, or a
        range such as C(49152-65535)) and C(private) (the same when not given; a range keeps its ports).
      - C(egress) lists what goes out, each with C(protocol), C(to) (C(any) when not given, an address, a network, a name, or a list) and
        C(ports) (a port or range, or a list; every port when not given).
      - C(comment) is for the people who read the inventory and goes nowhere.
      - C(relay_ports) of C(stun_turn) is the range of the relay, C(49152-65535) when not given; C(tls_port) is where it speaks TLS, 5349
        when not given. With a public address of its own that can be 443, which is open where only the web is let out.
      - C(ice_ports) of C(apuppet) are the UDP ports of its ICE; every UDP port when not given, with a warning.
      - C(client_pool) of C(theoffice_2_gateway) lists the networks that its clients come from.
      - C(tunnelled) of C(theoffice_1_gateway) adds ESP.
      - C(relay) of C(genesys_webrtc) is the relay that it goes out to; anywhere when not given.
    type: raw
    default: []
  user_networks:
    description:
      - Where people outside sit who call each other and the people in the LANs, as a list of mappings. RV(paths) says how calls between
        them go. The rules do not depend on it.
      - C(name) is what the network is called (small letters, digits and underscore). One may stand for many of a kind, such as all hotels.
      - C(class) says what stands between it and the internet.
        C(public) is a public address that everything reaches.
        C(endpoint_independent) is a translation that gives a client one address and port for all peers and lets in answers alone
        (most routers; a public address behind a firewall counts as one too).
        C(address_and_port_dependent) is one that gives another port for every peer.
        C(udp_blocked) lets out every TCP port and no UDP. C(web_only) lets out TCP 80 and 443 alone.
      - C(addresses) are the networks it leaves with; needed where the C(sources) of the relay's service are not C(any).
    type: raw
    default: []
  targets:
    description:
      - The renderings to return, of V(nftables), V(iptables) (with C(ip6tables) beside), V(mermaid), V(svg), V(table) and V(paths).
      - V(sheet) (text) and V(sheet_html) are for the person who owns a router that Ansible may not touch, with the forwards to enter there
        and the acceptance test to run afterwards.
    type: list
    elements: raw
    default: [nftables]
  names:
    description:
      - Addresses of names that are not to be asked for, as a mapping of names to lists of addresses.
      - Names in C(egress) are pinned to their addresses in the plan, because a packet filter sees addresses alone.
    type: raw
    default: {}
  sheet:
    description:
      - What V(sheet) and V(sheet_html) in O(targets) say beside the plan, as a mapping; every key may be left out.
      - C(name) is the host name that people outside type, C(host) the address of the chat server in the LAN; with both, the acceptance test
        asks the chat itself instead of opening its ports alone. C(title) is what people call the site.
      - C(zone) and C(records) are the public records, as the role P(onprem.chat.public_dns#role) takes them; C(published) says that the
        site enters them itself.
      - C(dns) lists the IPv4 addresses of the name servers of the LAN.
      - C(renews_by_http) says that the certificate authority asks on port 80 at every renewal.
    type: raw
    default: {}
  lab:
    description: Whether documentation addresses are meant, so that nothing warns of them.
    type: raw
    default: false
  path_prefix:
    description: What to put before each path of an error, such as the prefix of a role's variables.
    type: str
    default: ""
"""

EXAMPLES = r"""
# From the command line, with the options below in a file:
#   ansible localhost -m onprem.chat.forwarding_plan -a @intent.yml
#   ansible localhost -m onprem.chat.forwarding_plan -a '@intent.yml targets=iptables,table'
# or written out as JSON:
#   ansible localhost -m onprem.chat.forwarding_plan -a '{"router": {"wan": ...}, "services": [...], "targets": ["table"]}'

- name: Plan what a chat server behind one fixed public address needs
  onprem.chat.forwarding_plan:
    router:
      wan: [{interface: wan0, addresses: [203.0.113.10/24], gateway: 203.0.113.1}]
      lan: [{interface: lan0, address: 192.168.1.1, network: 192.168.1.0/24}]
      management: [{protocol: tcp, ports: [22], sources: [192.168.1.0/24]}]
    services:
      - {name: chat, profile: chat_web, host: 192.168.1.30}
    targets: [nftables, table]
  register: forwarding

- name: Show it
  ansible.builtin.debug:
    msg: "{{ forwarding.rendered.table }}"

- name: Reserve an address for a gateway, let a range in, and nothing out that is not declared
  onprem.chat.forwarding_plan:
    router:
      wan: [{interface: wan0, addresses: [203.0.113.10/24], gateway: 203.0.113.1}]
      lan: [{interface: lan0, address: 192.168.1.1, network: 192.168.1.0/24}]
      public:
        - {address: 203.0.113.10}
        - {address: 203.0.113.20, presence: secondary}
      egress_policy: restricted
    services:
      - name: gateway
        profile: theoffice_2_gateway
        host: 192.168.1.40
        public_address: 203.0.113.20
        mapping: one_to_one
        client_pool: [198.51.100.0/24]
      - name: relay
        host: 192.168.1.31
        ports:
          - {protocol: tcp+udp, public: 3478}
          - {protocol: udp, public: 49152-65535}
        egress:
          - {protocol: udp}
    targets: [iptables]
"""

RETURN = r"""
plan:
  description: The plan, normalised and sorted, as M(onprem.chat.forwarding_proof) takes it.
  returned: success
  type: dict
  contains:
    wans: {description: The WAN interfaces., type: list, elements: dict, returned: success}
    lans: {description: The LAN interfaces., type: list, elements: dict, returned: success}
    publics: {description: "The public addresses, how each is present and by which WAN.", type: list, elements: dict, returned: success}
    management: {description: How the router itself stays reachable., type: list, elements: dict, returned: success}
    masquerade: {description: Whether LANs leave with the WAN's address., type: bool, returned: success}
    egress_policy: {description: Whether everything may leave., type: str, returned: success}
    forwards: {description: "What is let in, and where it is sent to.", type: list, elements: dict, returned: success}
    one_to_one: {description: Hosts that leave with an address of their own., type: list, elements: dict, returned: success}
    egress: {description: "What hosts may send outside, names with their addresses.", type: list, elements: dict, returned: success}
    pinholes: {description: What is opened to IPv6 hosts., type: list, elements: dict, returned: success}
    warnings: {description: What can be done and may surprise., type: list, elements: str, returned: success}
rendered:
  description: The texts of O(targets) by name.
  returned: success
  type: dict
table:
  description: The plan as rows for people.
  returned: success
  type: list
  elements: dict
verdicts:
  description:
    - What the plan claims, one row for each flow that was thought of, allowed or refused.
    - Each with C(vantage), C(family), C(protocol), C(destination), C(port), C(outcome), C(reaches), C(reaches_port) and C(sees_source).
  returned: success
  type: list
  elements: dict
paths:
  description:
    - How calls between each two go, of the router's LANs (by their interface) and O(user_networks), also between two places of one kind.
  returned: success
  type: list
  elements: dict
  contains:
    from: {description: Where one of them sits., type: str, returned: success}
    to: {description: Where the other one sits., type: str, returned: success}
    way: {description: "C(direct), C(relay) or C(none).", type: str, returned: success}
    from_transport: {description: "What reaches the relay from there, C(udp), C(tcp) or C(tls); empty without a relay.", type: str, returned: success}
    to_transport: {description: The same for the other one., type: str, returned: success}
    because: {description: Why it is so., type: str, returned: success}
  sample:
    - {from: home, to: bank, way: relay, from_transport: udp, to_transport: tls, because: UDP of bank does not reach others outside}
host_settings:
  description: What hosts have to be told because they are behind this router, each with C(service), C(host) and C(settings).
  returned: success
  type: list
  elements: dict
  sample: [{service: puppets, host: 192.168.1.50, settings: {nat: "true", public_ip: 203.0.113.10}}]
warnings:
  description: What can be done and may surprise, each with the place where it stands.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.arguments import ARGUMENTS
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_shell.answer import answer


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        made = answer(module.params)
    except ForwardingError as error:
        module.fail_json(msg=error.told("There is no plan for what is described"))
    for warning in made.pop("warnings"):
        module.warn(warning)
    module.exit_json(changed=False, **made)


if __name__ == "__main__":
    main()
