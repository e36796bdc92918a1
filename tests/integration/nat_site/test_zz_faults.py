"""Runs late, for it breaks things: one fault at a time is named exactly, costs no order, and leaves what worked working."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

import pytest
import yaml
from ansible_collections.onprem.chat.tests.integration.actors import provider
from ansible_collections.onprem.chat.tests.integration.actors.desk import run
from ansible_collections.onprem.chat.tests.integration.actors.operator import INVENTORIES, LAB

from .conftest import NAME

EXAMPLE = yaml.safe_load((INVENTORIES[0] / "group_vars/all/router.yml").read_text(encoding="utf-8"))
WRONG_KEY = "d3JvbmctYnV0LXdlbGwtZm9ybWVk"
TREE = "/etc/onprem-chat/public-certificate"


def moved(address: str, prefix: str = "") -> str:
    """The example with another public address; with a prefix it is the router's own there as well."""
    text = json.dumps(EXAMPLE)
    if prefix:
        text = text.replace("203.0.113.10/24", f"{address}/{prefix}")
    return text.replace('"203.0.113.10"', f'"{address}"')


@dataclass(frozen=True)
class Fault:
    """What is wrong (on the router, or in the operator's words), and which words have to be said of it."""

    words: tuple[str, ...]
    options: tuple[str, ...] = ()
    begin: str = "true"
    end: str = "true"


PREFLIGHT = {
    "public address of nobody": Fault(("203.0.113.12 is on no WAN",), ("-e", moved("203.0.113.12"))),
    "public address of another": Fault(("[missing_address]", "203.0.113.12"), ("-e", moved("203.0.113.12", "24"))),
    "address of a provider's NAT": Fault(("100.64.0.10", "RFC 6598"), ("-e", moved("100.64.0.10", "24"))),
    "private address": Fault(("10.9.9.9", "RFC 1918"), ("-e", moved("10.9.9.9", "24"))),
    "addresses of the documentation": Fault(("[documentation_address]", "203.0.113.10"), ("-e", '{"site_lab": false}')),
    "taken port": Fault(
        ("[taken_port]", "443", "python3"),
        begin="systemd-run --quiet --collect --unit=taken python3 -m http.server 443 && sleep 1",
        end="systemctl stop taken",
    ),
    "translation of somebody else": Fault(
        ("[foreign_dnat]", "192.168.1.99"),
        begin="nft 'table ip other { chain pre { type nat hook prerouting priority -110; "
        "ip daddr 203.0.113.10 tcp dport 443 dnat to 192.168.1.99; }; }'",
        end="nft delete table ip other",
    ),
    "firewall of somebody else": Fault(
        ("[foreign_firewall]", "ufw"),
        begin="ufw allow proto tcp from 192.168.1.0/24 to any port 22 && ufw --force enable",
        end="ufw --force reset",
    ),
}


def works(*hosts: str) -> None:
    """The chat answers, with a certificate that its clients trust."""
    for host in hosts:
        run(host, "curl", "--silent", "--show-error", "--fail", "--max-time", "10", "--output", "/dev/null", f"https://{NAME}/")


def lab(*words: str) -> None:
    subprocess.run([LAB, *words], check=True, capture_output=True)


@pytest.fixture
def healed(site):
    """Whatever was broken: the next run goes well."""
    yield
    site.run()
    works("remote", "desk1")


@pytest.mark.parametrize("name", PREFLIGHT)
def test_before_anything_changes(site, name):
    fault, before, ordered = PREFLIGHT[name], site.fingerprints(), provider.orders()
    run("router", "sh", "-euc", fault.begin)
    try:
        output = site.fail(*fault.options)
        assert [word for word in fault.words if word not in output] == [], output[-3000:]
        site.assert_no_secret(output)
    finally:
        run("router", "sh", "-euc", fault.end)
    after = site.fingerprints()
    assert {host for host in after if after[host] != before[host]} <= ({"router"} if "ufw" in fault.begin else set())
    assert provider.orders() == ordered
    works("remote", "desk1")


@pytest.mark.usefixtures("healed")
def test_unreachable_router(site):
    lab("stop", "router")
    try:
        output = site.fail()
        works("desk1")
    finally:
        lab("start", "router")
    assert "router" in output and "UNREACHABLE" in output


@pytest.fixture
def no_public_certificate():
    """As on the first run: there is none, and what is served is the local CA's."""
    begin = f"ln -s seed {TREE}/new && mv -T {TREE}/new {TREE}/served && rm -r {TREE}/acme/* && systemctl reload nginx"
    run("chat", "sh", "-euc", begin)


@pytest.mark.usefixtures("no_public_certificate", "healed")
def test_public_dns_refuses_the_key(site):
    ordered = provider.orders()
    provider.change_zone(f"update delete {NAME} A")
    output = site.fail("-vvv", "-e", json.dumps({"vault_public_dns_key": WRONG_KEY}))
    assert "BADSIG" in output
    assert WRONG_KEY not in output
    assert provider.orders() == ordered
    run("desk1", "curl", "--silent", "--fail", "--output", "/dev/null", "https://chat.example.lan/")


@pytest.mark.usefixtures("no_public_certificate", "healed")
def test_acme_refuses(site):
    provider.build(internet_refused_names=[NAME])
    try:
        output = site.fail("-vvv")
        run("desk1", "curl", "--silent", "--fail", "--output", "/dev/null", "https://chat.example.lan/")
    finally:
        provider.build()
    assert "https://acme.example.net/dir" in output and "rejectedIdentifier" in output
    site.assert_no_secret(output)


@pytest.mark.usefixtures("healed")
def test_the_router_reboots_while_it_is_changed(site):
    changed = json.loads(json.dumps(EXAMPLE))
    changed["site_services"].append(
        {"name": "other", "host": "192.168.1.30", "ports": [{"protocol": "tcp", "public": 8443, "private": 443}]}
    )
    disturbed = site.start("-e", json.dumps(changed))
    assert any("Put them on the router" in line for line in disturbed.stdout), "the run did not get that far"
    lab("reboot", "router")
    disturbed.communicate()
    works("remote", "desk1")


def test_after_all_of_it_nothing_is_left_to_do(site):
    assert set(site.changes(site.run()).values()) == {0}
