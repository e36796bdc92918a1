#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_authority
short_description: Keep a local certificate authority, its certificates and its revocation lists
version_added: 0.1.0
author:
  - The onprem.chat maintainers (@onprem)
description:
  - Keeps a root and an issuing certificate authority (CA) in one directory of the host, signs the certificate requests that
    are handed in, and makes the revocation lists (CRL).
  - Nothing is made anew that need not be. A certificate is issued again when its names or its key changed, when a third of its
    life is left, when it was revoked and the host has a new key, or when the issuing CA changed. CA certificates are renewed
    with the same key, long before anything they signed could outlive them. A CRL is made when a certificate was revoked, and
    when a third of its life has passed.
  - Both CA certificates hold critical name constraints, so that no client takes a certificate of this CA for a name or an address
    outside O(domain), O(further_domains) and O(networks).
  - All requests and options are checked before anything is written. The index of the CA is written in one piece, so a run that
    was killed leaves the state before it or after it, and the next run puts the rest in order.
  - Private keys of servers never come here, see M(onprem.chat.certificate_request).
options:
  path:
    description: Directory of the CA, for root alone.
    type: path
    default: /etc/onprem-chat/ca
  name:
    description:
      - Name of the CA, as people see it on their devices.
      - A CA that exists is not given another name unless O(replace=true).
    type: str
    required: true
  domain:
    description: DNS domain that the CA may speak for, with everything below it.
    type: str
    required: true
  further_domains:
    description: More domains that the CA may speak for, each with everything below it, such as the public name of a server.
    type: list
    elements: str
    default: []
  networks:
    description: Networks (CIDR) with the addresses that the CA may speak for. Without any, no address is certified.
    type: list
    elements: str
    default: []
  crl_base_url:
    description:
      - Address (plain HTTP) under which the CRLs are served as C(root.crl) and C(issuing.crl). It stands in the certificates.
    type: str
    required: true
  key_protection:
    description:
      - V(passphrase) encrypts the private keys of the CA with O(passphrase).
      - V(root_only) leaves them readable for root of this host, so that certificates can be renewed unattended.
    type: str
    choices: [passphrase, root_only]
    default: passphrase
  passphrase:
    description: Passphrase of the private keys, of at least 12 characters.
    type: str
  old_passphrase:
    description: The passphrase until now, when O(passphrase) is a new one. The keys are encrypted anew.
    type: str
  key_type:
    description:
      - Kind of the CA's keys, V(ecdsa) (P-256) or V(rsa) (3072 bits).
      - A CA that exists does not change it unless O(replace=true).
    type: str
    choices: [ecdsa, rsa]
    default: ecdsa
  root_days:
    description: Days that a root certificate is valid.
    type: int
    default: 3650
  issuing_days:
    description: Days that an issuing certificate is valid.
    type: int
    default: 1825
  leaf_days:
    description: Days that a server's certificate is valid. Apple's devices refuse more than 825.
    type: int
    default: 397
  crl_days:
    description:
      - Days until the next update that a CRL promises. It is made anew after a third of them; let no more than O(crl_days) pass
        between two runs, or clients that insist on a CRL refuse every certificate.
    type: int
    default: 90
  requests:
    description: Certificates to be kept.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the certificate, for the index, RV(chains) and O(revoked).
        type: str
        required: true
      csr:
        description: Certificate request (PEM) of M(onprem.chat.certificate_request). Only its key and alternative names are used.
        type: str
        required: true
      accept_revoked_key:
        description: Issue a certificate although the key is that of a revoked one. By default such a request is refused.
        type: bool
        default: false
  revoked:
    description:
      - Names of requests, or serials (hexadecimal, quoted), whose certificates are revoked. What was revoked stays so.
      - By serial, a certificate is revoked, and its name gets a new one as soon as the host has a new key.
      - By name, all certificates of the name are revoked, and it gets no new one as long as it stands here.
      - A name that gets no new certificate keeps the one it has in RV(chains), and stands in RV(refused).
    type: list
    elements: str
    default: []
  replace:
    description:
      - Make a new CA where O(name) or O(key_type) differ from the present one, instead of refusing. The present keys are
        destroyed, and every device has to trust the new root.
    type: bool
    default: false
requirements:
  - cryptography (python3-cryptography) of at least 38 on the host; check mode works without
attributes:
  check_mode:
    support: full
    description: Predicts exactly; certificates that would be made are made in memory with throw-away keys. Takes no lock.
  diff_mode:
    support: full
    description: Shows names, validity and revocations, never a key.
  idempotent:
    support: partial
    description: Unchanged options change nothing until something is due, which depends on the time.
  platform:
    support: full
    platforms: posix
    description: Runs on Linux.
seealso:
  - module: onprem.chat.certificate_request
"""

EXAMPLES = r"""
- name: Keep the CA of the site
  onprem.chat.certificate_authority:
    name: Example
    domain: example.lan
    networks: [192.168.1.0/24]
    crl_base_url: http://pki.example.lan/pki
    passphrase: "{{ vault_ca_passphrase }}"
    requests:
      - name: chat.example.lan
        csr: "{{ hostvars['chat'].chat_request.csr }}"
  register: ca

- name: Revoke one certificate by its serial
  onprem.chat.certificate_authority:
    name: Example
    domain: example.lan
    networks: [192.168.1.0/24]
    crl_base_url: http://pki.example.lan/pki
    passphrase: "{{ vault_ca_passphrase }}"
    revoked: ["5A:33:01:F2:90:6D:11:42"]
"""

RETURN = r"""
root:
  description: Root certificate (PEM), to be trusted by clients.
  returned: success
  type: str
root_fingerprint:
  description: SHA-256 of the root certificate, for comparing by eye.
  returned: success
  type: str
  sample: "4A:1F:09:C2"
issuing:
  description: Certificate of the issuing CA (PEM).
  returned: success
  type: str
chains:
  description: By name of the request, the certificate with the issuing CA's behind it (PEM).
  returned: success
  type: dict
crls:
  description: By file name, the CRLs (DER in base64).
  returned: success
  type: dict
certificates:
  description: The newest certificate of each request.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the request.
      type: str
    serial:
      description: Serial in hexadecimal.
      type: str
    dns_names:
      description: DNS names.
      type: list
    addresses:
      description: Addresses.
      type: list
    not_after:
      description: Last second of validity, UTC.
      type: str
    revoked:
      description: Whether it is revoked.
      type: bool
refused:
  description: By name, why a request was given no new certificate.
  returned: success
  type: dict
actions:
  description: What was done, or would be, and why.
  returned: success
  type: list
  elements: str
  sample: ["issue chat.example.lan: the names changed"]
due:
  description: When the first certificate or CRL ends, UTC. Run again well before.
  returned: success
  type: str
  sample: "2027-02-19T09:00:00Z"
predicted:
  description: Whether the certificates are those of a run in check mode, and so not real.
  returned: success
  type: bool
"""

import datetime
import secrets
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.onprem.chat.plugins.module_utils.pki.authority import carry_out
from ansible_collections.onprem.chat.plugins.module_utils.pki.csr import parse_requests
from ansible_collections.onprem.chat.plugins.module_utils.pki.error import PkiError
from ansible_collections.onprem.chat.plugins.module_utils.pki.key import HAS_CRYPTOGRAPHY, KEY_TYPES
from ansible_collections.onprem.chat.plugins.module_utils.pki.placeholder import placeholder
from ansible_collections.onprem.chat.plugins.module_utils.pki.plan import plan
from ansible_collections.onprem.chat.plugins.module_utils.pki.policy import Policy
from ansible_collections.onprem.chat.plugins.module_utils.pki.report import result, text
from ansible_collections.onprem.chat.plugins.module_utils.pki.store import Store, seal

ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "default": "/etc/onprem-chat/ca"},
    "name": {"type": "str", "required": True},
    "domain": {"type": "str", "required": True},
    "further_domains": {"type": "list", "elements": "str", "default": []},
    "networks": {"type": "list", "elements": "str", "default": []},
    "crl_base_url": {"type": "str", "required": True},
    "key_protection": {"type": "str", "choices": ["passphrase", "root_only"], "default": "passphrase"},
    "passphrase": {"type": "str", "no_log": True},
    "old_passphrase": {"type": "str", "no_log": True},
    "key_type": {"type": "str", "choices": list(KEY_TYPES), "default": "ecdsa"},
    "root_days": {"type": "int", "default": 3650},
    "issuing_days": {"type": "int", "default": 1825},
    "leaf_days": {"type": "int", "default": 397},
    "crl_days": {"type": "int", "default": 90},
    "requests": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "csr": {"type": "str", "required": True},
            "accept_revoked_key": {"type": "bool", "default": False, "no_log": False},
        },
    },
    "revoked": {"type": "list", "elements": "str", "default": []},
    "replace": {"type": "bool", "default": False},
}


def draw_serial() -> int:
    """A random serial of 16 octets, 126 bits of them random (CA/Browser Forum asks for 64)."""
    return secrets.randbits(126) | 1 << 126


def keep(params: dict[str, Any], check_mode: bool, now: datetime.datetime) -> dict[str, Any]:
    """Bring the CA in the directory to what the options say."""
    policy = Policy.parse(params)
    requests, public_keys = parse_requests(params["requests"], check_mode)
    store = Store(params["path"])
    before = store.read_index()
    passphrases = tuple(word for word in (params["passphrase"], params["old_passphrase"]) if word)
    present = store.read_keys(before, passphrases)
    steps = plan(policy, requests, params["revoked"], before, now)
    outcome = carry_out(
        steps, policy, before, {key: private for key, (private, _word) in present.items()}, public_keys, now, draw_serial
    )
    wanted = params["passphrase"] if params["key_protection"] == "passphrase" else None
    sealed = seal(outcome.keys, {key: word for key, (_private, word) in present.items()}, wanted)
    changes = store.changes(outcome.index, sealed)
    if not check_mode:
        store.apply(changes)
    answer = result(outcome.index, steps, [request.name for request in requests])
    repairs = [f"put right {change.path}" for change in changes] if steps.empty else []
    answer["actions"] += repairs
    answer["changed"] = bool(changes)
    answer["predicted"] = check_mode and not steps.empty
    answer["diff"] = {
        "before_header": params["path"],
        "after_header": params["path"],
        "before": text(before),
        "after": text(outcome.index) + "".join(f"{line}\n" for line in repairs),
    }
    return answer


def main() -> None:
    """Entry point."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not HAS_CRYPTOGRAPHY:
        if module.check_mode:
            module.exit_json(**placeholder([request["name"] for request in module.params["requests"]]))
        module.fail_json(msg=missing_required_lib("cryptography"))
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    try:
        if module.check_mode:
            answer = keep(module.params, True, now)
        else:
            with Store(module.params["path"]).locked():
                answer = keep(module.params, False, now)
    except (PkiError, OSError) as error:
        module.fail_json(msg=f"{error}\n(Options of the module; in the role local_ca, option x is the variable local_ca_x.)")
    for name, reason in answer["refused"].items():
        module.warn(f"{name} gets no new certificate: {reason}")
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
