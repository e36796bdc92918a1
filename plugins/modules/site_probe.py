#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_probe
short_description: Climbs from name to message, as a person's device on this host would
version_added: 0.1.0
description:
  - Asks of a chat service, in one call and from this host - name, ports, TLS and revocation, web client, log-in,
    message, history. Each is a rung of a ladder; a rung is judged only when those that it stands on held.
  - Every verdict says what was expected and seen; a broken rung also its likely cause and what to do.
  - Never fails because of what it saw. Use M(onprem.chat.verify_verdict) to judge all vantages together.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - dnspython 2.3 or later
  - cryptography 38 or later
  - slixmpp 1.8 or later, for O(accounts)
options:
  name:
    description: Name of the chat service, which is also its XMPP domain.
    type: str
    required: true
  address:
    description: Address that the name must have for this host.
    type: str
    required: true
  addresses:
    description: All addresses that the name must have for this host, IPv4 and IPv6; O(address) is one of them. Any other is a fault.
    type: list
    elements: str
    default: []
  services:
    description: Services of which the name must have SRV records. Those that there are must lead to the same server either way.
    type: list
    elements: str
    choices: [xmpp-client, xmpps-client]
    default: []
  domain:
    description: Domain of the site, in which a made-up name must be refused. Without it that is not asked.
    type: str
    default: ""
  dns_servers:
    description: Addresses of the site's name servers; each is asked directly.
    type: list
    elements: str
    default: []
  ports:
    description: Ports that must open. V(443) and V(5223) must speak TLS, V(5222) STARTTLS, V(80) must lead to https.
    type: list
    elements: int
    default: [80, 443, 5222, 5223]
  doors:
    description: Further ways to the web client that must be open to this host, such as another name, or the public address from inside.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name that is asked for; the certificate must be valid for it.
        type: str
        required: true
      address:
        description: Address to go to, whatever the name resolves to.
        type: str
        required: true
  names:
    description: Further names of the same server, which the page's content-security policy may hold. Those of O(name) and O(doors) are known.
    type: list
    elements: str
    default: []
  air_gap:
    description: Whether there is no way out. Then each of O(dns_servers) must refuse O(foreign_name) at once.
    type: bool
    default: false
  relays:
    description: Relays (TURN servers) that must answer this host, and lend it an address when the chat server gives out credentials for them.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the relay; for V(tls) its certificate must be valid for it.
        type: str
        required: true
      address:
        description: Address to go to.
        type: str
        required: true
      port:
        description: Port of the relay.
        type: int
        default: 3478
      transport:
        description: How it is spoken to.
        type: str
        choices: [udp, tcp, tls]
        default: udp
  start:
    description: Whether there is a page on which people begin (C(/start)), as role C(onboarding) makes it.
    type: bool
    default: false
  start_ca:
    description: Whether that page offers the root of the site's own authority. With it alone a device must trust the server.
    type: bool
    default: false
  crl_urls:
    description: Where the revocation lists are served (plain http, DER). More than one are taken for the whole chain.
    type: list
    elements: str
    default: []
  accounts:
    description: Two accounts to log in with over port 5222. Without them log-in, message, history and file are left out.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the account, without the domain.
        type: str
        required: true
      password:
        description: Its password.
        type: str
        required: true
  accounts_fault:
    description: Why O(accounts) could not be made, if so. That is a broken rung then, on which the log-in stands.
    type: str
    default: ""
  body:
    description: What the first account writes to the second, so that others can look for it. Without it something nobody else writes.
    type: str
    default: ""
  upload:
    description: Whether a small file is sent and fetched again. It goes with the account that sent it.
    type: bool
    default: true
  browser:
    description:
      - Whether the web client is also loaded in Chromium, where that is installed here, by a user without rights and with a profile
        of its own that is thrown away. It can reach no other host than O(name) in that.
      - What else the page would ask for is seen either way by its content-security policy.
    type: bool
    default: true
  foreign_name:
    description: A name outside the site. It must be answered at once, whatever the answer; with O(air_gap) it must be refused.
    type: str
    default: www.example.com
  engine:
    description:
      - What the chat is. With V(operator_package) all that is XMPP is left out - SRV records, log-in, message, history - and so is
        what our own web client's page has to be.
    type: str
    choices: [ejabberd, operator_package]
    default: ejabberd
  page:
    description: Path of the web client's page, which answers with status 200 and HTML.
    type: str
    default: /
  websocket_paths:
    description: Paths of the web client's websockets.
    type: list
    elements: str
    default: [/ws]
  health:
    description: A page by which one sees that the chat works.
    type: dict
    suboptions:
      path:
        description: Its path.
        type: str
        required: true
      status:
        description: Status of its answer.
        type: int
        default: 200
      expect:
        description: A text that stands in its answer.
        type: str
        default: ""
  soon_days:
    description: A certificate that ends within so many days is a warning.
    type: int
    default: 10
  soon_hours:
    description: A revocation list that ends within so many hours is a warning.
    type: int
    default: 24
  timeout:
    description: For how long each answer is awaited, in seconds.
    type: float
    default: 5
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.verify_verdict
"""

EXAMPLES = r"""
- name: Climb from name to history
  onprem.chat.site_probe:
    name: chat.example.lan
    address: 192.168.1.30
    domain: example.lan
    dns_servers: [192.168.1.53]
    crl_urls: [http://pki.example.lan/pki/issuing.crl]
    accounts:
      - {name: probe-a, password: "{{ vault_probe_a }}"}
      - {name: probe-b, password: "{{ vault_probe_b }}"}
  register: ladder
"""

RETURN = r"""
steps:
  description: Every rung, from the lowest to the highest.
  returned: success
  type: list
  elements: dict
  contains:
    rung:
      description: Which rung it is.
      type: str
      sample: tls 443
    kind:
      description: What kind of question it is, such as C(dns), C(tcp), C(tls), C(door), C(relay).
      type: str
      sample: tls
    target:
      description: The name or address that is asked; for a log-in which of the two accounts.
      type: str
      sample: chat.example.lan
    port:
      description: Its port; 0 for a rung without one.
      type: int
      sample: 443
    address:
      description: Where the question went instead of what the name resolves to, if so.
      type: str
    state:
      description: V(ok), V(warning), V(broken) or V(not judged).
      type: str
      sample: broken
    expected:
      description: What should be.
      type: str
      sample: a certificate for chat.example.lan that this host trusts
    seen:
      description: What was.
      type: str
      sample: unable to get local issuer certificate
    fault:
      description: Code of what is wrong, empty when nothing is.
      type: str
      sample: tls-unknown
    cause:
      description: The likely cause of what is wrong.
      type: str
      sample: this host does not trust the site's authority, or the chain lacks a certificate
    remedy:
      description: What to do.
      type: str
      sample: run the role client_trust for this host
    facts:
      description: Numbers for a report - C(milliseconds) that the answer took, C(days_left) of a certificate and the like.
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe.eyes import Eyes
from ansible_collections.onprem.chat.plugins.module_utils.verify.intent import parse
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import VerifyError, climb
from ansible_collections.onprem.chat.plugins.module_utils.verify.rungs import rungs

SPEC = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "addresses": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "list", "elements": "str", "choices": ["xmpp-client", "xmpps-client"], "default": []},
    "domain": {"type": "str", "default": ""},
    "dns_servers": {"type": "list", "elements": "str", "default": []},
    "ports": {"type": "list", "elements": "int", "default": [80, 443, 5222, 5223]},
    "doors": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "address": {"type": "str", "required": True}},
    },
    "names": {"type": "list", "elements": "str", "default": []},
    "air_gap": {"type": "bool", "default": False},
    "relays": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "default": 3478},
            "transport": {"type": "str", "choices": ["udp", "tcp", "tls"], "default": "udp"},
        },
    },
    "start": {"type": "bool", "default": False},
    "start_ca": {"type": "bool", "default": False},
    "crl_urls": {"type": "list", "elements": "str", "default": []},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "password": {"type": "str", "required": True, "no_log": True}},
    },
    "accounts_fault": {"type": "str", "default": ""},
    "body": {"type": "str", "default": ""},
    "upload": {"type": "bool", "default": True},
    "browser": {"type": "bool", "default": True},
    "foreign_name": {"type": "str", "default": "www.example.com"},
    "engine": {"type": "str", "choices": ["ejabberd", "operator_package"], "default": "ejabberd"},
    "page": {"type": "str", "default": "/"},
    "websocket_paths": {"type": "list", "elements": "str", "default": ["/ws"]},
    "health": {
        "type": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "status": {"type": "int", "default": 200},
            "expect": {"type": "str", "default": ""},
        },
    },
    "soon_days": {"type": "int", "default": 10},
    "soon_hours": {"type": "int", "default": 24},
    "timeout": {"type": "float", "default": 5},
}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    try:
        intent = parse(module.params)
    except VerifyError as error:
        module.fail_json(msg=str(error))
    eyes = Eyes(intent, module.params)
    try:
        steps = climb(rungs(intent), eyes.look)
    finally:
        eyes.close()
    module.exit_json(changed=False, steps=[step.as_dict() for step in steps])


if __name__ == "__main__":
    main()
