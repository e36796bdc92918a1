# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan's paths against the kernel: every pair calls each other through real translation, with ICE agents and a real relay."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import make

CALLS = Path(__file__).parent / "calls"
KINDS = ("public", "endpoint_independent", "address_and_port_dependent", "udp_blocked", "web_only")
OWN, SHARED = "203.0.113.11", "203.0.113.10"
#: On an address of its own; with TLS on 443 it leaves with it as well.
RELAY = {"name": "relay", "profile": "stun_turn", "host": "192.168.1.31", "public_address": OWN}
WAYS = [("udp", 3478), ("tcp", 3478), ("tls", 5349)]
TLS = {"mapping": "one_to_one", "ports": [{"protocol": "tcp", "public": 443}]}


def _load(name):
    specification = importlib.util.spec_from_file_location(f"forwarding_calls_{name}", CALLS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


SYSTEM = _load("system")


def intent(kinds, services, **router):
    """A site with one LAN and two public addresses, and users in networks that are named as their classes."""
    return {
        "lab": True,
        "router": {
            "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"]}],
            "lan": [{"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"}],
            "public": [{"address": SHARED}, {"address": OWN, "presence": "secondary"}],
            **router,
        },
        "services": services,
        "user_networks": [{"name": kind, "class": kind} for kind in kinds],
    }


def some(kinds, addresses):
    """A relay that is open to some networks alone; the gates of a network have two addresses beside each other."""
    made = intent(kinds, [RELAY | {"sources": sorted(addresses.values())}])
    for network in made["user_networks"]:
        if network["name"] in addresses:
            network["addresses"] = [addresses[network["name"]]]
    return made


#: What a site has, and the ways to its relay that clients are told of.
SITES = {
    "relay_with_tls_on_443": (intent(KINDS, [RELAY | TLS]), OWN, [("udp", 3478), ("tcp", 3478), ("tls", 443)]),
    "relay_on_the_routers_own_address": (intent(KINDS[1:], [RELAY | {"public_address": SHARED}]), SHARED, WAYS),
    "egress_restricted": (intent(KINDS[:3], [RELAY], egress_policy="restricted"), OWN, WAYS),
    "masquerade_off": (intent(KINDS[:4], [RELAY], masquerade=False), OWN, WAYS),
    "relay_for_some": (
        some(KINDS[:4], {"address_and_port_dependent": "203.0.113.100/31", "udp_blocked": "203.0.113.106/31"}),
        OWN,
        WAYS,
    ),
    "no_relay": (intent(KINDS[:4], []), "", []),
}


def start(root, folder, given, public, offers):
    """Let everybody call everybody, with the plan's own rules on the router."""
    asked = {
        "rules": make(given, ["nftables"])["rendered"]["nftables"],
        "networks": sorted(given["user_networks"], key=lambda network: network["name"]),
        "public": public,
        "offers": offers,
        "root": str(root),
        "folder": str(folder),
    }
    command = [*SYSTEM.ISOLATED, "--mount-proc", "--net", sys.executable, "-B", str(CALLS / "world.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    process.stdin = None
    return process


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """All sites at once: nearly all of their time is waiting for what never comes."""
    root = SYSTEM.system("bookworm")
    found = {name: start(root, tmp_path_factory.mktemp(name), *site) for name, site in SITES.items()}
    yield found
    for process in found.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", SITES)
def test_every_pair_goes_the_way_that_the_plan_claims(worlds, name):
    answer, words = worlds[name].communicate(timeout=150)
    assert worlds[name].returncode == 0, words[-3000:]
    given = SITES[name][0]
    claims = [{key: value for key, value in row.items() if key != "because"} for row in make(given, [])["paths"]]
    assert json.loads(answer) == claims
    ends = len(given["user_networks"]) + 1
    assert len(claims) == ends * (ends + 1) // 2
