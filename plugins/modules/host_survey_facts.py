#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_survey_facts
short_description: Looks at a bare Linux host before anything is changed on it
version_added: 0.1.0
description:
  - Reads in one call what a preflight wants to know of a host - system, addresses and whether they were leased,
    routes, clock, free disk space, memory, listening ports with the programs that hold them, enabled services -
    and asks the LAN whether another machine answers for its addresses.
  - Sets the few facts that the roles of this collection go by, so that no second look with M(ansible.builtin.setup) is needed.
  - Needs nothing on the host but Python and C(ip).
  - A part of it runs on the control node, to compare the two clocks.
author:
  - The onprem.chat maintainers (@onprem)
options:
  expect:
    description:
      - What the site expects of the host; handed on with the survey to M(onprem.chat.preflight_verdict), which knows its keys.
      - The free space of the paths in its C(disk_mb) is read; of the nearest parent where a path is not there yet.
      - For its C(addresses) the LAN is asked whether another machine answers (ARP, so IPv4 alone).
    type: dict
    default: {}
  wait:
    description: For how long an answer to that question is awaited, in milliseconds.
    type: int
    default: 100
extends_documentation_fragment: [onprem.chat.attributes.info]
seealso:
  - module: onprem.chat.preflight_verdict
"""

EXAMPLES = r"""
- name: Look at the host
  onprem.chat.host_survey_facts:
    expect:
      addresses: [192.168.1.30]
      networks: [192.168.1.0/24]
      ports:
        - {protocol: tcp, port: 443, programs: [nginx]}
      disk_mb: {/var: 1000}
  register: survey
"""

RETURN = r"""
ansible_facts:
  description: Facts by the names that M(ansible.builtin.setup) has for them.
  returned: success
  type: dict
  contains:
    distribution:
      description: First word of C(NAME) in C(/etc/os-release).
      type: str
      sample: Debian
    distribution_major_version:
      description: First number of C(VERSION_ID), empty on a testing system.
      type: str
      sample: "13"
    virtualization_tech_guest:
      description: C(container) and its kind where the host is one. Virtual machines are not told.
      type: list
      elements: str
      sample: []
expect:
  description: O(expect) as it was given.
  returned: success
  type: dict
survey:
  description: What was seen, for M(onprem.chat.preflight_verdict).
  returned: success
  type: dict
  contains:
    distribution:
      description: C(ID) of C(/etc/os-release).
      type: str
      sample: debian
    release:
      description: C(VERSION_ID) of C(/etc/os-release), empty on a testing system.
      type: str
      sample: "13"
    machine:
      description: Hardware name of the kernel.
      type: str
      sample: x86_64
    python:
      description: Version of the Python in use.
      type: str
      sample: 3.13.5
    root:
      description: Whether the module ran as root.
      type: bool
    systemd:
      description: Whether systemd is in charge of the host.
      type: bool
    set_up:
      description: Whether this collection has configured the host before.
      type: bool
    firewalls:
      description: Firewalls of the host's own that are on, C(ufw) or C(firewalld).
      type: list
      elements: str
      sample: []
    chat_name:
      description: Name under which this collection has set up the chat here, empty when it has not.
      type: str
      sample: chat.example.lan
    hostname:
      description: The host's own name.
      type: str
      sample: chat
    machine_id:
      description: Digest of the machine id, to tell hosts apart.
      type: str
    boot_id:
      description: Identity of the present boot.
      type: str
    epoch:
      description: The host's clock, in seconds since 1970.
      type: float
    clock_offset:
      description: The host's clock minus the control node's, in seconds, exact to half of the module's round trip.
      type: float
    memory_mb:
      description: Memory in MB.
      type: int
      sample: 4096
    addresses:
      description: Addresses of global scope, with interface, hardware address, prefix length and whether they were leased.
      type: list
      elements: dict
    routes:
      description: Unicast routes with destination, gateway and interface.
      type: list
      elements: dict
    disks:
      description: For each path of O(expect) the file system, its free space and inodes (V(-1) when it has no fixed number).
      type: list
      elements: dict
    listeners:
      description: Listening sockets with protocol, address, port and the process that holds them.
      type: list
      elements: dict
    services:
      description: Services that are enabled.
      type: list
      elements: str
    claimed:
      description: Addresses of O(expect) for which another machine answered, with its hardware address.
      type: dict
"""

import hashlib
import ipaddress
import json
import os
import platform
import socket
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.onprem.chat.plugins.module_utils.host_shell.sockets import listening, text
from ansible_collections.onprem.chat.plugins.module_utils.preflight import arp
from ansible_collections.onprem.chat.plugins.module_utils.preflight.survey import addresses, routes

SETS = "/var/lib/onprem-chat/sets"
CHAT = "/etc/ejabberd/ejabberd.yml"
UNITS = "/etc/systemd/system"


def release():
    """(ID, NAME, VERSION_ID) of os-release(5)."""
    pairs = dict(line.split("=", 1) for line in text("/etc/os-release").splitlines() if "=" in line)
    return tuple(pairs.get(key, "").strip("\"'") for key in ("ID", "NAME", "VERSION_ID"))


def facts():
    """What the roles go by, under the names of Ansible's own facts."""
    _id, name, version = release()
    kind = text("/run/systemd/container").strip()  # systemd.io/CONTAINER_INTERFACE
    return {
        "distribution": name.split(" ")[0],
        "distribution_major_version": version.split(".")[0],
        "virtualization_tech_guest": ["container", kind] if kind else [],
    }


def ip(module, *what):
    """Answer of ``ip -j``; empty when the kernel lacks that address family."""
    code, out, err = module.run_command(["ip", "-j", *what], environ_update={"LC_ALL": "C"})
    if code and what[0] == "address":
        module.fail_json(msg=f"ip -j {' '.join(what)}: {err.strip() or 'failed'}; is the package iproute2 installed?")
    return json.loads(out or "[]") if not code else []


def disk(path):
    there = Path(path)
    while not there.exists() and there != there.parent:
        there = there.parent
    state = os.statvfs(there)
    return {
        "path": path,
        "device": str(there.stat().st_dev),
        "free_mb": state.f_bavail * state.f_frsize // 1048576,
        "free_inodes": state.f_favail if state.f_files else -1,
        "read_only": bool(state.f_flag & os.ST_RDONLY),
    }


def services():
    links = {link.name for link in Path(UNITS).glob("*.wants/*.service")}
    return sorted(name[: -len(".service")] for name in links)


def chat_name():
    """The first of ejabberd's hosts, which is the domain of all chat addresses; Debian's own is localhost."""
    lines = text(CHAT).splitlines()
    after = lines[lines.index("hosts:") + 1 :] if "hosts:" in lines else []
    found = after[0].lstrip(" -").strip("\"'") if after and after[0].lstrip().startswith("- ") else ""
    return "" if found == "localhost" else found


def firewalls(enabled):
    """ufw says itself whether it is on, and its service is enabled either way; firewalld is on when it is enabled."""
    ufw = "\nenabled=yes" in "\n" + text("/etc/ufw/ufw.conf").lower()
    return [name for name, on in (("ufw", ufw), ("firewalld", "firewalld" in enabled)) if on]


def digest(identity):
    """machine-id(5): it should not be exposed; a digest tells hosts apart as well."""
    return hashlib.sha256(identity.encode()).hexdigest()[:16] if identity.strip() else ""


def memory():
    lines = dict(line.split(":", 1) for line in text("/proc/meminfo").splitlines() if ":" in line)
    return int(lines.get("MemTotal", "0 kB").split()[0]) // 1024


def inside(address, network):
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False  # no address: the verdict says so


def claimed(own, wanted, wait):
    """Which of the wanted addresses another machine answers for: {address: hardware address}."""
    asked = {}
    for link in own:
        network = ipaddress.ip_network(f"{link['address']}/{link['prefix']}", strict=False)
        near = [address for address in wanted if network.version == 4 and inside(address, network)]
        if near:
            asked[link["interface"], link["mac"]] = near
    found = {}
    mine = {link["mac"] for link in own}
    for (interface, mac), near in asked.items():
        found.update(ask(interface, mac, near, wait, mine))
    return found


def ask(interface, mac, wanted, wait, mine):
    found = {}
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(arp.ETH_ARP)) as raw:
            raw.bind((interface, arp.ETH_ARP))
            for address in wanted:
                raw.send(arp.probe(mac, address))
            end = time.monotonic() + wait / 1000
            while (left := end - time.monotonic()) > 0:
                raw.settimeout(left)
                frame = raw.recv(2048)
                answers = {address: arp.answer(frame, address) for address in wanted}
                found.update({address: who for address, who in answers.items() if who and who not in mine})
    except (OSError, ValueError):
        pass  # silence is the good answer; an interface without ARP or rights for it cannot be asked
    return found


def survey(module, expect, wait):
    distribution, _name, version = release()
    own = addresses(ip(module, "address", "show"))
    enabled = services()
    return {
        "distribution": distribution,
        "release": version,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "root": os.geteuid() == 0,
        "systemd": Path("/run/systemd/system").is_dir(),
        "set_up": Path(SETS).is_dir(),
        "chat_name": chat_name(),
        "firewalls": firewalls(enabled),
        "hostname": socket.gethostname(),
        "machine_id": digest(text("/etc/machine-id")),
        "boot_id": text("/proc/sys/kernel/random/boot_id").strip(),
        "memory_mb": memory(),
        "addresses": own,
        "routes": routes(ip(module, "-4", "route", "show") + ip(module, "-6", "route", "show")),
        "disks": [disk(path) for path in expect.get("disk_mb", {})],
        "listeners": listening(),
        "services": enabled,
        "claimed": claimed(own, expect.get("addresses", []), wait),
        "clock_offset": 0.0,
        "epoch": time.time(),
    }


def main():
    module = AnsibleModule(
        argument_spec={
            "expect": {"type": "dict", "default": {}},
            "wait": {"type": "int", "default": 100},
        },
        supports_check_mode=True,
    )
    expect = module.params["expect"]
    seen = survey(module, expect, module.params["wait"])
    module.exit_json(changed=False, expect=expect, survey=seen, ansible_facts=facts())


if __name__ == "__main__":
    main()
