# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reading shell: which questions it asks, and what it makes of answers that fail."""

from __future__ import annotations

import json

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe import reading
from ansible_collections.onprem.chat.plugins.module_utils.nat_probe.question import parse

TABLES = {
    "nftables": [
        {"table": {"family": family, "name": name}}
        for family, name in (("inet", "onprem_chat"), ("inet", "other"), ("ip", "filter"), ("ip", "nat"), ("bridge", "b"))
    ]
}
OTHER = {
    "nftables": [
        {"table": {"family": "inet", "name": "other"}},
        {"chain": {"name": "f", "type": "filter", "hook": "forward", "policy": "drop"}},
    ]
}
SAVED = "*filter\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\nCOMMIT\n"


class Machine:
    """Answers commands out of a dictionary; what is not in it fails."""

    def __init__(self, **tools):
        self.tools = tools
        self.answers = {
            "nft -j list tables": json.dumps(TABLES),
            "nft -j list table inet other": json.dumps(OTHER),
            "nft -j list table ip nat": json.dumps({"nftables": [{"table": {"family": "ip", "name": "nat"}}]}),
            "iptables-nft-save -t filter": SAVED,
        }
        self.asked = []

    def run(self, command, **_options):
        self.asked.append(" ".join(command))
        found = self.answers.get(self.asked[-1])
        return (0, found, "") if found is not None else (1, "", "no\n")

    def find(self, tool):
        return tool if self.tools.get(tool, True) else None


@pytest.fixture(autouse=True)
def root(monkeypatch):
    monkeypatch.setattr(reading.os, "geteuid", lambda: 0)
    monkeypatch.setattr(reading, "_text", lambda path: "")


def read(machine):
    return reading.Reader(machine.run, machine.find).firewalls()


def test_foreign_tables_alone_are_read_and_by_the_better_tool():
    machine = Machine()
    seen, fault = read(machine)
    assert fault == ""
    assert sorted((table.name, table.origin) for table in seen.tables) == [
        ("filter", "iptables"),
        ("nat", "nftables"),
        ("other", "nftables"),
    ]
    assert "nft -j list table inet onprem_chat" not in machine.asked
    assert not [one for one in machine.asked if "legacy" in one or "ip6tables" in one or "firewall-cmd" in one]


def test_a_table_that_is_not_understood_is_told_of():
    machine = Machine()
    machine.answers["nft -j list table inet other"] = '{"nftables": [{"table": {}}]}'
    machine.answers.pop("iptables-nft-save -t filter")
    seen, fault = read(machine)
    assert fault == "table inet other: nft's answer was not understood (KeyError: 'family'); table ip filter: no"
    assert [table.name for table in seen.tables] == ["nat"]


def test_without_nft():
    seen, fault = read(Machine(nft=False))
    assert (seen.tables, fault) == ((), "nft is not installed")


def test_legacy_tables_are_asked_for_only_when_the_kernel_has_them(monkeypatch):
    monkeypatch.setattr(reading, "_text", lambda path: "nat\nfilter\n" if path.name == "ip_tables_names" else "")
    machine = Machine()
    machine.answers["iptables-legacy-save -t filter"] = SAVED
    assert ("filter", "iptables-legacy") in [(table.name, table.origin) for table in read(machine)[0].tables]
    assert "iptables-legacy-save is not installed" in read(Machine(**{"iptables-legacy-save": False}))[1]


def test_only_root_reads_rules(monkeypatch):
    monkeypatch.setattr(reading.os, "geteuid", lambda: 1000)
    assert read(Machine()) == (None, "only root can read the rules")


def test_without_ip():
    with pytest.raises(reading.ReadingError, match="iproute2"):
        reading.Reader(Machine().run, Machine().find).host()


def test_translations_are_read_with_their_words():
    machine = Machine()
    rows = [
        {"table": {"family": "inet", "name": "other"}},
        {"chain": {"name": "p", "type": "nat", "hook": "prerouting"}},
        {"rule": {"chain": "p", "handle": 7, "expr": [{"dnat": {"addr": "192.0.2.9"}}]}},
    ]
    machine.answers["nft -j list table inet other"] = json.dumps({"nftables": rows})
    machine.answers["nft -s -a list table inet other"] = "chain p { # handle 1\n    dnat to 192.0.2.9 # handle 7\n}\n"
    (table,) = (one for one in read(machine)[0].tables if one.name == "other")
    (rule,) = table.chains["p"].rules
    assert (rule.text, rule.target) == ("dnat to 192.0.2.9", "192.0.2.9")


def test_the_nat_table_of_iptables_is_read_by_its_own_tool():
    machine = Machine()
    machine.answers["iptables-nft-save -t nat"] = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j DNAT --to 192.0.2.9\nCOMMIT\n"
    assert ("nat", "iptables") in [(table.name, table.origin) for table in read(machine)[0].tables]
    assert "nft -j list table ip nat" not in machine.asked


def test_iptables_is_read_without_nft():
    machine = Machine(nft=False)
    machine.answers["iptables-nft-save"] = SAVED
    seen, fault = read(machine)
    assert ([table.name for table in seen.tables], fault) == (["filter"], "nft is not installed")


def test_ss_is_asked_only_when_something_listens(monkeypatch):
    (forward,) = parse({"ports": [{"port": "443", "host": "192.168.1.30", "public_address": "203.0.113.10"}]}).forwards
    machine = Machine()
    machine.answers["ss -Hlntup"] = (
        'tcp LISTEN 0 5 0.0.0.0:443 0.0.0.0:* users:(("x",pid=7,fd=3))\ntcp LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n'
    )
    reader = reading.Reader(machine.run, machine.find)
    assert (reader.sockets((forward,)).listeners, machine.asked) == ((), [])
    texts = {
        "tcp6": "head\n 0: 00:01BB 00:0000 0A\n",
        "ip_local_port_range": "1024 2048\n",
        "cgroup": "0::/system.slice/x.service\n",
    }
    monkeypatch.setattr(reading, "_text", lambda path: texts.get(path.name, ""))
    found = reader.sockets((forward,))
    assert found.ephemeral == (1024, 2048)
    assert [(one.port, one.process, one.unit) for one in found.listeners] == [(443, "x", "x.service")]
    assert reader.sockets(()).listeners == ()
