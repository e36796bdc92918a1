#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: site_host_info
short_description: Looks at a host of a site for the report
version_added: 0.1.0
description:
  - Reads in one call what a report of the site tells of a host - versions, the bundle in use, what listens, certificates and revocation
    lists, free disk space, the clock, and the serials of the zones that its name server serves.
  - Changes nothing and reads no secret. Of a file that holds a certificate and a key, the certificate alone is read out.
  - Needs nothing on the host but Python. What is not there (C(dpkg-query), C(chronyc)) is left out of the answer.
  - A part of it runs on the control node, to compare the two clocks.
author:
  - The onprem.chat maintainers (@onprem)
options:
  zones:
    description: Zones whose serial the name server of this host is asked for; none on other hosts.
    type: list
    elements: str
    default: []
  name_server:
    description: The address at which it answers.
    type: str
    default: 127.0.0.1
  certificates:
    description: Files with certificates or revocation lists, in PEM or DER; C(*) stands for any part of a name.
    type: list
    elements: str
    default:
      - /etc/onprem-chat/ca/*.crt
      - /etc/onprem-chat/tls/*.pem
      - /etc/onprem-chat/turn-relay/chain.pem
      - /etc/onprem-chat/public-certificate/served/chain.pem
      - /var/www/onprem-chat/pki/*.crl
  disks:
    description: Paths whose file systems are looked at, where they are there.
    type: list
    elements: path
    default: [/, /var, /var/lib/ejabberd/upload, /var/lib/postgresql, /var/log, /srv/onprem-chat]
  bundle_root:
    description: Folder on the host for copies of bundles.
    type: path
    default: /srv/onprem-chat
  timeout:
    description: Seconds to wait for an answer of the name server.
    type: float
    default: 2
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.site_report
"""

EXAMPLES = r"""
- name: Look at a name server of the site
  onprem.chat.site_host_info:
    zones: [example.lan]
    name_server: 192.168.1.53
  register: onprem_host_info
  ignore_errors: true
  ignore_unreachable: true
"""

RETURN = r"""
system:
  description: What the host is, with C(name) and C(version) of the distribution, C(kernel), C(python) and C(hostname).
  returned: success
  type: dict
packages:
  description: Versions of the installed packages that matter.
  returned: success
  type: dict
  sample: {nginx: 1.26.3-3}
bundle:
  description: Serial of the bundle in use; V(null) when there is none.
  returned: success
  type: int
web:
  description: Versions of the web packages in that bundle.
  returned: success
  type: dict
  sample: {converse.js: 14.0.0}
listeners:
  description: Listening sockets with C(protocol), C(address), C(port), C(process) and C(pid).
  returned: success
  type: list
  elements: dict
certificates:
  description: Certificates and revocation lists that were found, with C(path) and C(pem).
  returned: success
  type: list
  elements: dict
disks:
  description: File systems, each once, with C(path), C(size_mb), C(free_mb) and C(read_only).
  returned: success
  type: list
  elements: dict
clock:
  description: The host's clock, with C(epoch) in seconds since 1970, C(ahead) of the control node's in seconds, which may be C(give)
    more or less, and C(source), what chronyd says of whom it follows (empty without chronyd).
  returned: success
  type: dict
zones:
  description: For each of O(zones) its C(serial), or V(null) and a C(fault).
  returned: success
  type: list
  elements: dict
"""

import base64
import os
import platform
import re
import secrets
import socket
import textwrap
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.bundle_shell.host_copy import serial_in_use
from ansible_collections.onprem.chat.plugins.module_utils.host_shell.sockets import listening, text
from ansible_collections.onprem.chat.plugins.module_utils.report import host, soa
from ansible_collections.onprem.chat.plugins.module_utils.report.error import ReportError

SPEC = {
    "zones": {"type": "list", "elements": "str", "default": []},
    "name_server": {"type": "str", "default": "127.0.0.1"},
    "certificates": {"type": "list", "elements": "str", "default": list(host.CERTIFICATES)},
    "disks": {"type": "list", "elements": "path", "default": list(host.DISKS)},
    "bundle_root": {"type": "path", "default": "/srv/onprem-chat"},
    "timeout": {"type": "float", "default": 2},
}
DNS = 53
WEB = re.compile(r"(.+)-(\d[^-]*)\.tgz")


def system():
    """os-release(5) and what runs on it."""
    pairs = dict(line.split("=", 1) for line in text("/etc/os-release").splitlines() if "=" in line)
    named = {key: pairs.get(word, "").strip("\"'") for key, word in (("name", "NAME"), ("version", "VERSION_ID"))}
    debian = text("/etc/debian_version").strip() if pairs.get("ID") == "debian" else ""
    return {
        "name": named["name"].split(" ")[0],
        "version": debian or named["version"],
        "kernel": platform.release(),
        "python": platform.python_version(),
        "hostname": socket.gethostname(),
    }


def said(module, *command):
    """What a program prints, empty when it is not there or fails."""
    path = module.get_bin_path(command[0])
    return module.run_command([path, *command[1:]], environ_update={"LC_ALL": "C"})[1] if path else ""


def pem(content):
    """PEM text out of the content of a file, whether that is PEM or a revocation list in DER."""
    if b"-----BEGIN" in content or not content:
        return host.certificate_blocks(content.decode("utf-8", errors="replace"))
    body = "\n".join(textwrap.wrap(base64.b64encode(content).decode(), 64))
    return f"-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n"


def certificates(patterns):
    found = []
    for path in sorted({one for pattern in patterns for one in Path("/").glob(pattern.lstrip("/"))}):
        try:
            content = pem(path.read_bytes())
        except OSError:
            continue
        if content:
            found.append({"path": str(path), "pem": content})
    return found


def disks(paths):
    seen, found = set(), []
    for path in paths:
        try:
            state, device = os.statvfs(path), Path(path).stat().st_dev
        except OSError:
            continue
        if device in seen:
            continue
        seen.add(device)
        size, free = (blocks * state.f_frsize // 1048576 for blocks in (state.f_blocks, state.f_bavail))
        found.append({"path": path, "size_mb": size, "free_mb": free, "read_only": bool(state.f_flag & os.ST_RDONLY)})
    return found


def web(root):
    matches = (WEB.fullmatch(path.name) for path in (root / "bundle" / "web").glob("*.tgz"))
    return {match[1]: match[2] for match in matches if match}


def zone(name, server, timeout):
    number = secrets.randbelow(65536)
    try:
        with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.settimeout(timeout)
            asked.connect((server, DNS))
            asked.send(soa.question(name, number))
            return {"zone": name, "serial": soa.serial(asked.recv(4096), number), "fault": ""}
    except socket.timeout:
        return {"zone": name, "serial": None, "fault": "no answer in time"}
    except (OSError, UnicodeError, ReportError) as error:
        return {"zone": name, "serial": None, "fault": getattr(error, "strerror", "") or str(error)}


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    given = module.params
    root = Path(given["bundle_root"])
    module.exit_json(
        changed=False,
        system=system(),
        packages=host.packages(said(module, "dpkg-query", "--show", f"--showformat={host.FORMAT}", *host.PACKAGES)),
        bundle=serial_in_use(root),
        web=web(root),
        listeners=listening(),
        certificates=certificates(given["certificates"]),
        disks=disks(given["disks"]),
        zones=[zone(name, given["name_server"], given["timeout"]) for name in given["zones"]],
        clock={
            "epoch": time.time(),
            "ahead": 0.0,
            "give": 0.0,
            "source": host.time_source(said(module, "chronyc", "-c", "tracking")),
        },
    )


if __name__ == "__main__":
    main()
