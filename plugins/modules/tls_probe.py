#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_probe
short_description: Looks at the certificates that a port shows to this host
version_added: 0.1.0
description:
  - Shakes hands with a port, by TLS or after STARTTLS of XMPP, and returns what it shows - the chain with names, days left and keys -
    and whether this host trusts it for the name, strictly (RFC 5280).
  - A certificate that is not trusted is an answer and no failure; so is a port that does not answer.
author:
  - The onprem.chat maintainers (@onprem)
requirements:
  - cryptography 38 or later
options:
  name:
    description: Name that is asked for; the certificate must be valid for it.
    type: str
    required: true
  host:
    description: Address or name to go to. Without it what O(name) resolves to.
    type: str
    default: ""
  port:
    description: Port to go to.
    type: int
    default: 443
  starttls:
    description: Whether TLS begins after STARTTLS, as on port 5222.
    type: bool
    default: false
  crl_urls:
    description: Where the revocation lists are served (plain http, DER). More than one are taken for the whole chain. For TLS from the start only.
    type: list
    elements: str
    default: []
  timeout:
    description: For how long each answer is awaited, in seconds.
    type: float
    default: 5
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_probe
"""

EXAMPLES = r"""
- name: See until when the certificate is good
  onprem.chat.tls_probe:
    name: chat.example.lan
    crl_urls: [http://pki.example.lan/pki/issuing.crl]
  register: shown
"""

RETURN = r"""
trusted:
  description: Whether this host trusts it for the name.
  returned: success
  type: bool
  sample: true
fault:
  description: Code of why not, empty when it is trusted.
  returned: success
  type: str
  sample: tls-expired
reason:
  description: The same in the words of OpenSSL or of the system.
  returned: success
  type: str
  sample: certificate has expired
version:
  description: Version of TLS, empty when nobody shook hands.
  returned: success
  type: str
  sample: TLSv1.3
certificates:
  description: What was shown, the server's own first.
  returned: success
  type: list
  elements: dict
  contains:
    subject:
      description: For whom it was made out.
      type: str
    issuer:
      description: Who signed it.
      type: str
    names:
      description: Names and addresses that it is valid for.
      type: list
      elements: str
      sample: [chat.example.lan]
    not_before:
      description: From when it is valid.
      type: str
      sample: "2024-01-01T00:00:00+00:00"
    not_after:
      description: Until when it is valid.
      type: str
      sample: "2024-04-01T00:00:00+00:00"
    days_left:
      description: How many whole days are left.
      type: int
      sample: 61
    key:
      description: Kind of its key.
      type: str
      sample: EC secp256r1
    serial:
      description: Its serial number, in hexadecimal digits.
      type: str
    sha256:
      description: Its fingerprint.
      type: str
revocation:
  description: What the lists say of it; empty without O(crl_urls), or where it is not trusted anyway.
  returned: success
  type: dict
  contains:
    revoked:
      description: Whether it was revoked.
      type: bool
    fault:
      description: Code of what is wrong with it or with the lists, empty when nothing is.
      type: str
      sample: crl-stale
    seen:
      description: The same in words.
      type: str
      sample: not revoked, list good for 300 h
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.probe import chain
from ansible_collections.onprem.chat.plugins.module_utils.probe.transport import NoStartTls
from ansible_collections.onprem.chat.plugins.module_utils.verify import classify

SPEC = {
    "name": {"type": "str", "required": True},
    "host": {"type": "str", "default": ""},
    "port": {"type": "int", "default": 443},
    "starttls": {"type": "bool", "default": False},
    "crl_urls": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 5},
}
NOTHING = {"version": "", "trusted": False, "certificates": [], "revocation": {}}


def look(wanted):
    """What is seen; a fault of the way there is one of the answer."""
    host, port, timeout = wanted["host"] or wanted["name"], wanted["port"], wanted["timeout"]
    try:
        found = chain.seen(host, port, wanted["name"], "starttls" if wanted["starttls"] else "tls", timeout)
    except NoStartTls:
        return {**NOTHING, "fault": "tls-no-starttls", "reason": "no STARTTLS is offered"}
    except OSError as error:
        return {**NOTHING, "fault": classify.reaching(error), "reason": classify.words(error)}
    lists = wanted["crl_urls"] if found["trusted"] and not wanted["starttls"] else []
    return {**found, "revocation": chain.revocation(host, port, wanted["name"], lists, timeout) if lists else {}}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    try:
        found = look(module.params)
    except ImportError as error:
        module.fail_json(msg=f"{error}: install python3-cryptography on this host")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
