"""playbooks/gateways.yml for real: router, gateways' own rules, restrictive office, and the test of the vendor's page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, run

from .conftest import HERE, answering, ask
from .flows import LOOKUP, OEM, POOL, REMOTE, STRANGER, WAN

pytestmark = pytest.mark.skipif(os.environ.get("ONPREM_BACKEND") == "iptables", reason="the gateways' rules are the same")
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
MAPPED, RESERVED, RESERVED_PUBLIC = "192.168.1.40", "192.168.1.53", "203.0.113.20"
DESK1, DESK2, NEWCOMER = "192.168.1.101", "192.168.2.101", "198.51.100.99"
ASKERS = ("gateway", "dns", "desk1", "desk2")
PORTS = [80, 443, 500, 501, 5222, 9555, 9556]
FLOWS = (("tcp", 9555), ("tcp", 500), ("udp", 500))

#: What an ssh server says first, or nothing.
SSH = """
import socket, sys
try:
    sys.stdout.write(socket.create_connection((sys.argv[1], 22), 3).recv(100).decode())
except OSError:
    pass
"""


def play(*words: str, code: int = 0) -> str:
    """What a run of the playbook printed, in one line."""
    inventories = ["-i", str(CHECKOUT / "inventories/lab_nat"), "-i", str(HERE / "gateways.yml")]
    extra = ["-e", json.dumps({"host_firewall_install": False, "router_nat_install": False})]
    command = [str(PLAYBOOK), *inventories, *extra, *words, str(CHECKOUT / "playbooks/gateways.yml")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False)
    said = done.stdout + done.stderr  # what fails is said to either, as Ansible is told
    assert done.returncode == code, said
    return " ".join(said.split())


def name(host: str, **addresses: str) -> None:
    """Let a host know names that no name server of the lab has."""
    lines = "".join(f"{address} {label}.trispen.com\n" for label, address in addresses.items())
    run(host, "python3", "-c", "import sys; open('/etc/hosts', 'w').write(sys.argv[1])", f"127.0.0.1 localhost\n{lines}")


@pytest.fixture(scope="module", autouse=True)
def office() -> Iterator[str]:
    """Names, somebody who answers at the second gateway, a table of somebody else's, and the playbook; gone afterwards."""
    before = {host: run(host, "cat", "/etc/hosts") for host in ASKERS}
    for host in ASKERS:
        name(host, lookup=LOOKUP, oem=OEM)
    run("gateway", "nft", "add", "table", "inet", "foreign")
    with answering("dns", PORTS):
        yield play()
    for host, text in before.items():
        run(host, "python3", "-c", "import sys; open('/etc/hosts', 'w').write(sys.argv[1])", text)
    play("--limit", "gateways", "--skip-tags", "reach", "-e", "host_firewall_state=absent")
    run("gateway", "nft", "delete", "table", "inet", "foreign")
    for host in ("gateway", "dns"):
        assert "onprem" not in run(host, "sh", "-c", "nft list tables; find /etc /usr/local /run -path '*onprem-chat-host*'")


def test_the_run_says_what_was_tried(office: str) -> None:
    said = "reach lookup.trispen.com tcp 5222, reach lookup.trispen.com tcp 9555, reach oem.trispen.com tcp 9555"
    assert said in office
    assert "198.51.100.0/24" in office


def test_clients_of_the_pool_come_in_by_both_ways() -> None:
    questions = [(POOL, protocol, public, port) for public in (WAN, RESERVED_PUBLIC) for protocol, port in FLOWS]
    assert ask("remote", questions) == [[MAPPED, POOL]] * 3 + [[RESERVED, POOL]] * 3
    others = [(REMOTE, protocol, public, port) for _pool, protocol, public, port in questions]
    others += [(POOL, "tcp", public, port) for public in (WAN, RESERVED_PUBLIC) for port in (80, 501, 9556)]
    assert ask("remote", others) == [None] * len(others)


def test_a_gateway_refuses_by_itself_what_is_not_declared() -> None:
    """Nothing is between a desk and a gateway in one LAN: this is the gateway's own doing."""
    others = [(protocol, port) for protocol in ("tcp", "udp") for port in (80, 501, 9556)] + [("esp", 0)]
    assert None not in ask("gateway", [(MAPPED, *flow[:1], MAPPED, flow[1]) for flow in others])
    assert ask("desk1", [(DESK1, protocol, MAPPED, port) for protocol, port in others]) == [None] * len(others)
    assert ask("desk1", [(DESK1, protocol, MAPPED, port) for protocol, port in FLOWS]) == [[MAPPED, DESK1]] * 3
    assert ask("desk1", [(DESK1, protocol, RESERVED, port) for protocol, port in FLOWS]) == [None] * 3  # hairpin: false
    assert "SSH" in run("desk1", "python3", "-c", SSH, MAPPED)
    assert run("desk2", "python3", "-c", SSH, MAPPED) == ""


def test_the_office_sends_what_is_documented_and_nothing_else() -> None:
    inside = [(DESK1, "tcp", LOOKUP, 9555), (DESK1, "tcp", LOOKUP, 5222), (DESK1, "udp", STRANGER, 500)]
    assert ask("desk1", inside) == [[LOOKUP, WAN], [LOOKUP, WAN], [STRANGER, WAN]]
    others = [(OEM, "tcp", 9555), (LOOKUP, "tcp", 9556), (LOOKUP, "tcp", 443), (STRANGER, "tcp", 80), (STRANGER, "esp", 0)]
    questions = [(protocol, to, port) for to, protocol, port in others]
    assert None not in ask("router", [(WAN, *question) for question in questions])
    assert ask("desk1", [(DESK1, *question) for question in questions]) == [None] * 5
    assert ask("desk2", [(DESK2, "tcp", LOOKUP, 9555), (DESK2, "tcp", LOOKUP, 443)]) == [[LOOKUP, WAN], None]
    assert ask("gateway", [(MAPPED, "tcp", OEM, 9555), (MAPPED, "tcp", OEM, 5222)]) == [[OEM, WAN], None]
    assert ask("dns", [(RESERVED, "tcp", LOOKUP, 9555)]) == [[LOOKUP, RESERVED_PUBLIC]]


def test_what_cannot_be_reached_is_named() -> None:
    name("desk1", lookup=NEWCOMER, oem=OEM)
    name("desk2", oem=OEM)
    run(
        "remote",
        "nft",
        "add table inet broken; add chain inet broken in { type filter hook input priority 0; }; "
        f"add rule inet broken in ip daddr {OEM} drop",
    )
    try:
        said = play("--tags", "reach", code=2)
    finally:
        run("remote", "nft", "delete", "table", "inet", "broken")
        for host in ("desk1", "desk2"):
            name(host, lookup=LOOKUP, oem=OEM)
    assert "gateway does not reach what it needs, 1 thing to mend: oem.trispen.com tcp 9555: no answer (198.51.100.54)" in said
    assert f"lookup.trispen.com: is {NEWCOMER} for this host, and the router lets out to {LOOKUP}; run the playbook again" in said
    assert "desk2 does not reach what it needs, 1 thing to mend: lookup.trispen.com: this host cannot resolve it" in said
    assert re.search(r"dns : ok=\d+ changed=0 unreachable=0 failed=0", said)


def test_rules_that_shut_ansible_out_are_taken_back() -> None:
    before = run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host")
    nobody = {"host_firewall_management": [{"protocol": "tcp", "ports": [22], "sources": ["192.168.1.250"]}]}
    given = json.dumps({**nobody, "host_firewall_confirm_seconds": 5})
    said = play("--limit", "gateway", "--skip-tags", "reach", "-e", given, code=2)
    assert "falls back by itself" in said or "has gone back" in said
    wait = "while ls /run/onprem-chat-host/pending >/dev/null 2>&1; do sleep 0.2; done"
    run("gateway", "timeout", "20", "sh", "-c", wait)
    assert run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host") == before
    assert "SSH" in run("desk1", "python3", "-c", SSH, MAPPED)


def test_a_second_run_changes_nothing() -> None:
    said = play("--skip-tags", "reach", "-e", '{"router_nat_prove": false}')
    assert re.findall(r"(\w+) : ok=\d+ changed=[1-9]", said) == []
    assert "table inet foreign" in run("gateway", "nft", "list", "tables")


def test_rules_survive_a_flush_and_a_reboot() -> None:
    before = run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host")
    run("gateway", "systemctl", "restart", "nftables")  # Debian's own file begins with flush ruleset
    assert "foreign" not in run("gateway", "nft", "list", "tables")
    assert run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host") == before
    run("gateway", "systemctl", "reload", "nftables")
    assert run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host") == before
    run("gateway", "systemctl", "disable", "--now", "nftables")
    subprocess.run([str(CHECKOUT / "lab/lab"), "reboot", "gateway"], check=True, capture_output=True)
    assert run("gateway", "nft", "-s", "list", "table", "inet", "onprem_host") == before
    assert ask("desk1", [(DESK1, "tcp", MAPPED, 80)]) == [None]
    run("gateway", "nft", "add", "table", "inet", "foreign")
