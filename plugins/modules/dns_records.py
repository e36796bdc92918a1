#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_records
short_description: Records of a public zone, published by RFC 2136 and looked for at every name server
version_added: 0.1.0
description:
  - Brings records of one zone to what is asked for, in one signed transaction (RFC 2136, RFC 8945), and waits until every name
    server of the zone answers with them.
  - Reads first, from the server that takes the change; what fits is left alone. A set of records of one name and type is replaced
    as a whole, records of other names and types stay as they are.
  - The transaction holds only while the zone is as it was read. An alias (CNAME) in the way is told and never removed.
  - Questions to O(server) are signed as well, so that check mode finds a wrong key.
  - Without a key nothing can be changed; check mode then says which name server lacks what.
  - In check mode on a host that does not have dnspython yet, every record is taken for missing.
author:
  - The onprem.chat maintainers (@onprem)
extends_documentation_fragment:
  - onprem.chat.attributes
requirements:
  - dnspython 2.3 or later
options:
  zone:
    description: The zone that holds the records.
    type: str
    required: true
  server:
    description: Name or address of the name server that takes changes, the primary of the zone. Needed with a key.
    type: str
  port:
    description: Port of O(server). The zone's name servers are asked on port 53.
    type: int
    default: 53
  key_name:
    description: Name of the key as the server knows it. Needed to change anything.
    type: str
  key_algorithm:
    description: What the key signs with.
    type: str
    choices: [hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha224, hmac-sha1, hmac-md5]
    default: hmac-sha256
  key_secret:
    description: The key itself, in base64 as it stands in key files. Keep it in the vault.
    type: str
  records:
    description: The sets of records, each of one name and type.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name, alone (C(chat)) or with the whole zone (C(chat.example.com)); V(@) is the zone itself.
        type: str
        required: true
      type:
        description: The type.
        type: str
        choices: [A, AAAA, SRV, CAA, TXT]
        required: true
      ttl:
        description: For how many seconds others may remember it.
        type: int
        default: 300
      values:
        description:
          - All the data there shall be. None means that there shall be no such record.
          - An address; for SRV priority, weight, port and target; for CAA flags, tag and value; for TXT the text without quotes.
            Names are written in full.
        type: list
        elements: str
        required: true
  wait:
    description:
      - For how many seconds to wait until every name server of the zone has the records; it is an error when one has not.
      - With V(0) they are asked once, and what they say is no error.
    type: int
    default: 60
  authoritative:
    description: Addresses to be asked in place of all addresses of all name servers that the zone names.
    type: list
    elements: str
    default: []
  path_prefix:
    description: What to put before each path of an error, such as the prefix of a role's variables.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: The chat server and its service for native clients
  onprem.chat.dns_records:
    zone: example.com
    server: ns1.example.com
    key_name: site-key
    key_secret: "{{ vault_dns_key }}"
    records:
      - {name: chat.example.com, type: A, values: [203.0.113.10]}
      - {name: _xmpp-client._tcp.chat.example.com, type: SRV, values: ["0 5 5222 chat.example.com."]}
      - {name: chat.example.com, type: CAA, values: ['0 issue "ca.example.net"']}

- name: Without a key, see whether the records are there
  onprem.chat.dns_records:
    zone: example.com
    records:
      - {name: chat.example.com, type: A, values: [203.0.113.10]}
  check_mode: true
  register: seen
"""

RETURN = r"""
published:
  description: Whether every name server that was asked has every record.
  returned: success
  type: bool
missing:
  description: The sets of records that not every name server has.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
      sample: chat.example.com
    type:
      description: The type.
      type: str
      sample: A
    ttl:
      description: The TTL that it should have.
      type: int
      sample: 300
    values:
      description: What should be there.
      type: list
      elements: str
      sample: [203.0.113.10]
    said:
      description: What should be, and what each name server says.
      type: str
      sample: >-
        chat.example.com A should be 203.0.113.10: ns1.example.com (192.0.2.53) says 203.0.113.10; ns2.example.com (192.0.2.54)
        has no such record
authoritative:
  description: The name servers that were asked.
  returned: success
  type: list
  elements: str
  sample: ["ns1.example.com (192.0.2.53)"]
zone_lines:
  description: All the records as lines of a zone file.
  returned: success
  type: list
  elements: str
  sample: ["chat.example.com. 300 IN A 203.0.113.10"]
sheet:
  description: The records for somebody who enters them by hand (Markdown).
  returned: success
  type: str
"""

import importlib.util

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.error import PublicDnsError
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.parse import ALGORITHMS, parse
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.plan import diff, result, wanting
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.render import sheet, zone_lines
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.value import KINDS
from ansible_collections.onprem.chat.plugins.module_utils.public_dns_shell.publish import work

RECORD = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "choices": list(KINDS), "required": True},
    "ttl": {"type": "int", "default": 300},
    "values": {"type": "list", "elements": "str", "required": True},
}
SPEC = {
    "zone": {"type": "str", "required": True},
    "server": {"type": "str"},
    "port": {"type": "int", "default": 53},
    "key_name": {"type": "str", "no_log": False},
    "key_algorithm": {"type": "str", "choices": list(ALGORITHMS), "default": ALGORITHMS[0], "no_log": False},
    "key_secret": {"type": "str", "no_log": True},
    "records": {"type": "list", "elements": "dict", "options": RECORD, "required": True},
    "wait": {"type": "int", "default": 60},
    "authoritative": {"type": "list", "elements": "str", "default": []},
    "path_prefix": {"type": "str", "default": ""},
}
NO_LIBRARY = "this host has no dnspython yet, so nobody was asked"


def able():
    """Whether this host has the library that speaks DNS."""
    return importlib.util.find_spec("dns") is not None


def keep(intent, check_mode, prefix):
    """Publishes, or looks; what goes wrong when there is no key to change anything with is only told."""
    note = ""
    try:
        made, answers = work(intent, check_mode, prefix)
    except PublicDnsError as error:
        if intent.key:
            raise
        note = str(error)
        made, answers = wanting(intent.records, ()), ()
    return made, result(intent, answers, note)


def predict(intent):
    """What check mode says on a host that has yet to get the library."""
    made = wanting([record for record in intent.records if record.values], ())
    return made, result(intent, (), NO_LIBRARY)


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    prefix = module.params["path_prefix"]
    try:
        intent = parse(module.params, prefix)
        if not intent.key and not module.check_mode:
            module.fail_json(msg=f"{prefix}key_name: a key is needed to change {intent.zone.text}; check mode looks without one")
        if not able() and not module.check_mode:
            module.fail_json(msg=missing_required_lib("dnspython"))
        made, seen = keep(intent, module.check_mode, prefix) if able() else predict(intent)
    except PublicDnsError as error:
        module.fail_json(msg=error.told(error.what), changed=bool(error.made))
    module.exit_json(
        changed=bool(made),
        diff=diff(intent.zone.text, made),
        zone_lines=list(zone_lines(intent.records)),
        sheet=sheet(intent),
        **seen,
    )


if __name__ == "__main__":
    main()
