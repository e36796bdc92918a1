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
  crl_urls:
    description: Where the revocation lists are served (plain http, DER). More than one are taken for the whole chain.
    type: list
    elements: str
    default: []
  accounts:
    description: Two accounts to log in with over port 5222. Without them log-in, message and history are left out.
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
  foreign_name:
    description: A name outside the site. It must be answered at once, whatever the answer.
    type: str
    default: www.example.com
  websocket_path:
    description: Path of the web client's websocket.
    type: str
    default: /ws
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

import secrets
import time
from dataclasses import replace

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe import names, transport, web, xmpp
from ansible_collections.onprem.chat.plugins.module_utils.verify.intent import parse, rungs
from ansible_collections.onprem.chat.plugins.module_utils.verify.ladder import Observation, VerifyError, climb

SPEC = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "domain": {"type": "str", "default": ""},
    "dns_servers": {"type": "list", "elements": "str", "default": []},
    "ports": {"type": "list", "elements": "int", "default": [80, 443, 5222, 5223]},
    "doors": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "address": {"type": "str", "required": True}},
    },
    "crl_urls": {"type": "list", "elements": "str", "default": []},
    "accounts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "password": {"type": "str", "required": True, "no_log": True}},
    },
    "accounts_fault": {"type": "str", "default": ""},
    "foreign_name": {"type": "str", "default": "www.example.com"},
    "websocket_path": {"type": "str", "default": "/ws"},
    "soon_days": {"type": "int", "default": 10},
    "soon_hours": {"type": "int", "default": 24},
    "timeout": {"type": "float", "default": 5},
}


class Eyes:
    """Answers the rungs of a ladder, each by its kind."""

    def __init__(self, intent, params):
        self.intent = intent
        self.params = params
        self.timeout = params["timeout"]
        self.body = f"onprem.chat verification {secrets.token_hex(8)}"
        self.talk = None
        self.kinds = {
            "dns": lambda rung: names.of_server(rung, intent.name, intent.address, self.timeout),
            "name": lambda rung: names.by_resolver(intent.name, intent.address, self.timeout),
            "wrong-name": lambda rung: names.wrong_names(intent.domain, params["foreign_name"], self.timeout),
            "tcp": lambda rung: transport.opened(rung, self.timeout),
            "clock": lambda rung: web.clock(rung, self.timeout),
            "tls": self.certificate,
            "starttls": self.certificate,
            "crl": lambda rung: web.revocation(rung, intent.crl_urls, params["soon_hours"], self.timeout),
            "page": lambda rung: web.page(rung, self.timeout),
            "door": lambda rung: web.door(rung, self.timeout),
            "websocket": lambda rung: web.websocket(rung, params["websocket_path"], self.timeout),
            "redirect": lambda rung: web.redirect(rung, self.timeout),
            "accounts": self.accounts,
            "login": self.login,
            "message": lambda rung: self.talk.message("a", "b", self.body),
            "history": lambda rung: self.talk.history("b", self.body),
        }

    def look(self, rung):
        begun = time.monotonic()
        seen = self._look(rung)
        took = round((time.monotonic() - begun) * 1000)
        return replace(seen, facts={**seen.facts, "milliseconds": took})

    def _look(self, rung):
        try:
            return self.kinds[rung.kind](rung)
        except ImportError as error:
            return Observation(str(error), "library")
        except Exception as error:
            # a verdict on the other rungs is worth more than a traceback of this one
            return Observation(f"{type(error).__name__}: {error}", "probe")

    def certificate(self, rung):
        return transport.certificate(rung, self.params["soon_days"], time.time(), self.timeout)

    def accounts(self, _rung):
        fault = self.params["accounts_fault"]
        return Observation(fault, "accounts") if fault else Observation("made")

    def login(self, rung):
        self.talk = self.talk or xmpp.Talk(self.intent.name, self.timeout)
        account = self.params["accounts"]["ab".index(rung.target)]
        return self.talk.login(rung.target, account["name"], account["password"], rung.port)

    def close(self):
        if self.talk:
            self.talk.close()


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
