"""Every golden rendering, as the kernel's own tools take it: checked, loaded, and loaded again over itself. Needs root.

`pytest tests/integration/forwarding`. All of it is in a network namespace that goes with the process.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.model import Forward, Lan, Plan, Ports, Public, Wan
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.renderers import rendered

GOLDEN = Path(__file__).parents[2] / "unit/golden/forwarding"
TOOLS = {
    "nftables.nft": ("nft -c -f {}", "nft -f {}", "nft list ruleset"),
    "iptables.rules": ("iptables-restore --test --noflush {}", "iptables-restore --noflush {}", "iptables-save"),
    "ip6tables.rules": ("ip6tables-restore --test --noflush {}", "ip6tables-restore --noflush {}", "ip6tables-save"),
}
RENDERED = sorted(GOLDEN.glob("*/*.nft")) + sorted(GOLDEN.glob("*/*.rules"))

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="loads rules into a network namespace of its own, which needs root")


def apart(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a network namespace that is thrown away."""
    return subprocess.run(["unshare", "--net", "sh", "-ec", script], capture_output=True, text=True, timeout=120, check=False)


def load(file: Path, name: str) -> str:
    """Check a rendering, load it twice, and return what the kernel then has."""
    check, into, listing = TOOLS[name]
    tool = listing.split()[0]
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    done = apart("\n".join([check.format(file), into.format(file), into.format(file), listing]))
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # no warning either
    return done.stdout


def test_there_is_something_to_load():
    assert {file.name for file in RENDERED} == set(TOOLS)


@pytest.mark.parametrize("file", RENDERED, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_kernel_takes_every_golden_rendering(file):
    listed = load(file, file.name)
    assert "onprem_chat" in listed or "ONPREM_INPUT" in listed
    if file.suffix == ".nft":
        wanted = {line.split()[1] for line in file.read_text().splitlines() if line.startswith(("\tchain", "\tmap", "\tset"))}
        got = {line.split()[1] for line in listed.splitlines() if line.startswith(("\tchain", "\tmap", "\tset"))}
    else:
        wanted = {line.split()[0] for line in file.read_text().splitlines() if line.startswith(":ONPREM")}
        got = {line.split()[0] for line in listed.splitlines() if line.startswith(":ONPREM")}
    assert got == wanted


def many(count: int) -> Plan:
    """A plan of ports of two addresses, some of them for some sources, some not for the LAN."""
    some = ((), (ip_network("198.51.100.0/24"),), (ip_network("192.0.2.0/25"), ip_network("198.51.100.0/24")))
    return Plan(
        wans=(Wan("wan0", (ip_interface("203.0.113.10/24"),), None),),
        lans=(Lan("lan0", ip_address("10.0.0.1"), ip_network("10.0.0.0/16")),),
        publics=(Public(ip_address("203.0.113.10"), "interface", "wan0"), Public(ip_address("203.0.113.11"), "routed", "wan0")),
        management=(),
        masquerade=True,
        egress_policy="open",
        forwards=tuple(
            Forward(
                service="chat",
                mapping="port_forward",
                protocol=("tcp", "udp")[number % 2],
                public=ip_address(f"203.0.113.{10 + number // 2 % 2}"),
                public_ports=Ports(1 + number // 4 * 2, 1 + number // 4 * 2 + number // 4 % 2),
                host=ip_address(int(ip_address("10.0.1.0")) + number % 60_000),
                private_ports=Ports(1 + number // 4 * 2, 1 + number // 4 * 2 + number // 4 % 2),
                sources=some[number % 3],
                hairpin=number % 5 != 0,
                lan="lan0",
            )
            for number in range(count)
        ),
        one_to_one=(),
        egress=(),
        pinholes=(),
    )


@pytest.mark.parametrize("name", ["nftables", "iptables", "ip6tables"])
def test_ten_thousand_forwards(name, tmp_path):
    file = tmp_path / "rules"
    file.write_text(rendered(many(10_000), [name])[name])
    listed = load(file, next(tool for tool in TOOLS if tool.startswith(f"{name}.")))
    # half of them are ranges, which have no port of their own in the translation
    if name == "nftables":
        assert listed.count(" : 10.0.") == 10_000
    if name == "iptables":
        assert listed.count("-j DNAT --to-destination 10.0.") == 10_000


def test_rules_that_are_wrong_are_seen(tmp_path):
    file = tmp_path / "rules"
    file.write_text((GOLDEN / "chat_web/nftables.nft").read_text().replace("ct status dnat", "ct status dnatted"))
    assert apart(f"nft -c -f {file}").returncode != 0
    file.write_text((GOLDEN / "chat_web/iptables.rules").read_text().replace("--ctstate DNAT", "--ctstate DNATTED"))
    assert apart(f"iptables-restore --test {file}").returncode != 0
