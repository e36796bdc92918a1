"""The site behind a router, end to end: people inside and outside, real browsers, a real scanner.

    molecule converge -s nat_fixed_ip && ONPREM_LAB_NAME=molecule ONPREM_LAB_TOPOLOGY=nat \
      ONPREM_INVENTORY="inventories/nat_fixed_ip inventories/lab_nat_fixed_ip" ONPREM_PLAYBOOK=playbooks/nat-fixed-ip.yml \
      pytest tests/integration/nat_site

What has to be open is read from the plan that playbooks/plan.yml makes of the same inventory. Everything that is tried runs
inside the lab's hosts; here are only the orders and the judgement.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import Desk, make_visitor, run
from ansible_collections.onprem.chat.tests.integration.actors.operator import ENVIRONMENT, INVENTORY_OPTIONS, LAB, ROOT, Site

NAME, LAN_NAME, ZONE = "chat.example.com", "chat.example.lan", "example.com"
CHAT, ROUTER_IN_LAN = "192.168.1.30", "192.168.1.1"
PROVIDER, REMOTE, REMOTE_IN_POOL, STRANGER = "203.0.113.53", "203.0.113.200", "198.51.100.200", "203.0.113.66"
PASSWORDS = {"alice": "lab-only-alice", "bob": "lab-only-bob"}
ASK = """
import json, sys, dns.message, dns.query
server, name, kind = sys.argv[1:]
answer = dns.query.udp(dns.message.make_query(name, kind), server, timeout=5)
print(json.dumps([answer.rcode(), sorted(item.to_text() for rrset in answer.answer for item in rrset)]))
"""


@dataclass(frozen=True)
class Places:
    """Where the site says that things are."""

    public: str  # the address that leads to the chat
    dns: str  # the name server of the LAN
    plan: dict
    relayed: bool  # a group of relays is in the inventory


def ask(host: str, server: str, name: str, kind: str) -> tuple[int, list[str]]:
    """What a name server answers to a host of the lab: the code and the records."""
    command = [LAB, "net", host, sys.executable, "-c", ASK, server, name, kind]
    code, records = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return code, records


def _inventory() -> dict:
    command = ["ansible-inventory", *INVENTORY_OPTIONS, "--list"]
    return json.loads(subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="session")
def places(tmp_path_factory) -> Places:
    folder = tmp_path_factory.mktemp("plan")
    options = ["-e", json.dumps({"plan_directory": str(folder), "plan_lab": True})]
    subprocess.run(
        ["ansible-playbook", *INVENTORY_OPTIONS, str(ROOT / "playbooks/plan.yml"), *options],
        env=ENVIRONMENT,
        check=True,
        capture_output=True,
    )
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    public = next(row["public"] for row in plan["forwards"] if (row["host"], row["public_ports"]) == (CHAT, "443"))
    listed = _inventory()
    dns = listed["_meta"]["hostvars"][listed["dns_servers"]["hosts"][0]]["ansible_host"]
    return Places(public, dns, plan, bool(listed.get("turn_relays", {}).get("hosts")))


@pytest.fixture(scope="session")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def sit_down():
    """Starts a program on a host of the lab; all of them end with the module, for other modules reboot hosts."""
    opened: list[Desk] = []

    def start(host: str, program: str, *options: str) -> Desk:
        make_visitor(host)
        opened.append(Desk(host, program, *options))
        return opened[-1]

    yield start
    for desk in opened:
        desk.close()


@pytest.fixture
def token() -> str:
    """A number that nobody has written before."""
    return str(secrets.randbelow(9 * 10**9) + 10**9)


@pytest.fixture(scope="session")
def people() -> dict[str, dict[str, str]]:
    return {name: {"address": f"{name}@{NAME}", "password": password} for name, password in PASSWORDS.items()}


@pytest.fixture(scope="module")
def gateway():
    """Somebody who answers on every port at the gateway, where the plan has one; and on the router, whom nobody may reach."""
    program = (Path(__file__).parents[1] / "nat_ruleset/responder.py").read_text(encoding="utf-8")
    for host, ports in (("gateway", ["500", "9555", "9556", "8080"]), ("router", ["53", "8080"])):
        run(host, "systemd-run", "--quiet", "--collect", "--unit=responder", "python3", "-c", program, *ports)
    yield
    for host in ("gateway", "router"):
        run(host, "sh", "-c", "systemctl stop responder 2>/dev/null || true")  # a reboot may have ended it
