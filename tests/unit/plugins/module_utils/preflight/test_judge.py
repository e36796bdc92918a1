"""Every rule: a sound host has no finding, and each fault is named with its level."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.onprem.chat.plugins.module_utils.preflight import expectation
from ansible_collections.onprem.chat.plugins.module_utils.preflight.finding import BLOCKING, WARNING, PreflightError, report
from ansible_collections.onprem.chat.plugins.module_utils.preflight.judge import judge
from ansible_collections.onprem.chat.plugins.module_utils.preflight.survey import parse as parse_survey

LAN = "192.168.1.0/24"
PORTS = [
    {"protocol": "tcp", "port": 53, "programs": ["named"]},
    {"protocol": "udp", "port": 53, "programs": ["named"]},
    {"port": 80, "programs": ["nginx"]},
    {"port": 443, "programs": ["nginx"]},
]
EXPECT = {
    "chat": {
        "addresses": ["192.168.1.30"],
        "networks": [LAN],
        "ports": PORTS,
        "disk_mb": {"/": 800, "/var": 1000, "/srv": 500},
        "memory_mb": 1000,
        "chat_name": "chat.example.com",
    }
}
SOUND = {
    "distribution": "debian",
    "release": "13",
    "machine": "x86_64",
    "python": "3.13.5",
    "root": True,
    "systemd": True,
    "set_up": False,
    "chat_name": "chat.example.com",
    "firewalls": [],
    "hostname": "chat",
    "machine_id": "a",
    "boot_id": "a",
    "epoch": 1800000000.0,
    "clock_offset": 0.2,
    "memory_mb": 4000,
    "addresses": [{"interface": "eth0", "mac": "02:00:00:00:00:01", "address": "192.168.1.30", "prefix": 24, "dynamic": False}],
    "routes": [{"destination": LAN, "gateway": "", "interface": "eth0"}],
    "disks": [
        {"path": path, "device": "1", "free_mb": 20000, "free_inodes": 100000, "read_only": False}
        for path in ("/", "/var", "/srv")
    ],
    "listeners": [
        {"protocol": "tcp", "port": 53, "address": "127.0.0.53", "process": "systemd-resolve", "pid": 9},
        {"protocol": "tcp", "port": 53, "address": "192.168.1.30", "process": "named", "pid": 10},
        {"protocol": "tcp", "port": 443, "address": "::", "process": "nginx", "pid": 11},
        {"protocol": "tcp", "port": 22, "address": "0.0.0.0", "process": "sshd", "pid": 12},
        {"protocol": "udp", "port": 443, "address": "0.0.0.0", "process": "quic", "pid": 13},
    ],
    "services": ["ssh", "nginx"],
    "claimed": {},
}


def changed(**parts):
    return {**copy.deepcopy(SOUND), **parts}


def listener(port, address="0.0.0.0", process="python3", protocol="tcp"):
    return {"protocol": protocol, "port": port, "address": address, "process": process, "pid": 77}


def findings(surveys, expect=None, **policy):
    wanted = {host: expectation.parse(host, raw) for host, raw in (expect or EXPECT).items()}
    parsed = {host: parse_survey(host, raw) for host, raw in surveys.items()}
    return judge(list(wanted), parsed, wanted, expectation.Policy(**policy))


def test_a_sound_host_has_no_finding():
    assert findings({"chat": SOUND}) == ()
    assert report(()) == ""


ADDRESS = SOUND["addresses"][0]
DISK = SOUND["disks"][0]
ONE_HOST = [
    ("another system", changed(distribution="ubuntu", release="24.04"), BLOCKING, "runs ubuntu 24.04"),
    ("testing has no number", changed(release=""), BLOCKING, "runs debian"),
    ("no systemd", changed(systemd=False), BLOCKING, "systemd is not in charge"),
    ("no root", changed(root=False), BLOCKING, "Ansible is not root"),
    ("another machine type", changed(machine="i686"), BLOCKING, "is a machine of i386"),
    (
        "address absent",
        changed(addresses=[{**ADDRESS, "address": "192.168.1.31"}]),
        BLOCKING,
        "does not have the address 192.168.1.30 (it has: 192.168.1.31)",
    ),
    ("no address at all", changed(addresses=[]), BLOCKING, "(it has: none)"),
    ("leased address", changed(addresses=[{**ADDRESS, "dynamic": True}]), BLOCKING, "its address 192.168.1.30 was leased"),
    (
        "address held twice",
        changed(claimed={"192.168.1.30": "02:00:00:00:00:99"}),
        BLOCKING,
        "another machine (02:00:00:00:00:99) answers",
    ),
    (
        "default route",
        changed(routes=[{"destination": "default", "gateway": "192.168.1.1", "interface": "eth0"}]),
        WARNING,
        "default via 192.168.1.1 on eth0",
    ),
    (
        "foreign route",
        changed(routes=[{"destination": "10.0.0.0/8", "gateway": "192.168.1.1", "interface": "eth0"}]),
        WARNING,
        "10.0.0.0/8",
    ),
    (
        "wider route",
        changed(routes=[{"destination": "192.168.0.0/16", "gateway": "", "interface": "eth0"}]),
        WARNING,
        "192.168.0.0/16",
    ),
    ("clock ahead", changed(clock_offset=86400.0 * 365), BLOCKING, "its clock is 365 days ahead of"),
    ("clock behind", changed(clock_offset=-301.0), BLOCKING, "its clock is 5 minutes behind"),
    ("disk full", changed(disks=[{**DISK, "free_mb": 200}]), BLOCKING, "/: 200 MB free, 800 MB needed"),
    (
        "needs add up",
        changed(disks=[{**disk, "free_mb": 2000} for disk in SOUND["disks"]]),
        BLOCKING,
        "/ and /var and /srv: 2000 MB free, 2300 MB needed",
    ),
    ("own firewall", changed(firewalls=["ufw"]), WARNING, "the firewall ufw is on"),
    ("another name", changed(chat_name="chat.example.lan"), WARNING, "accounts and history under chat.example.lan"),
    ("finished host short of disk", changed(set_up=True, disks=[{**DISK, "free_mb": 200}]), WARNING, "/: 200 MB free"),
    ("finished host out of disk", changed(set_up=True, disks=[{**DISK, "free_mb": 20}]), BLOCKING, "/: 20 MB free"),
    ("read-only", changed(disks=[{**DISK, "read_only": True}]), BLOCKING, "/ cannot be written"),
    ("no inodes", changed(disks=[{**DISK, "free_inodes": 3}]), BLOCKING, "only 3 inodes"),
    ("little memory", changed(memory_mb=512), WARNING, "has 512 MB of memory, 1000 MB"),
    (
        "web port taken",
        changed(listeners=[listener(443, "192.168.1.30", "apache2")]),
        BLOCKING,
        "port 443/tcp is taken by apache2 (pid 77)",
    ),
    (
        "one program, two ports",
        changed(listeners=[listener(80), listener(443)]),
        BLOCKING,
        "port 80/tcp, 443/tcp is taken by python3",
    ),
    (
        "DNS port taken by wildcard",
        changed(listeners=[listener(53, "::", "dnsmasq", "udp")]),
        BLOCKING,
        "port 53/udp is taken by dnsmasq",
    ),
    (
        "DNS port taken on loopback",
        changed(listeners=[listener(53, "127.0.0.1", "unbound")]),
        BLOCKING,
        "port 53/tcp is taken by unbound",
    ),
    ("rival at boot", changed(services=["apache2"]), WARNING, "the service apache2 is enabled"),
    ("no name", changed(hostname="localhost"), WARNING, "its own name is localhost"),
]


@pytest.mark.parametrize(("survey", "level", "words"), [case[1:] for case in ONE_HOST], ids=[case[0] for case in ONE_HOST])
def test_one_fault_one_finding(survey, level, words):
    found = findings({"chat": survey})
    assert [finding.level for finding in found] == [level]
    assert words in found[0].what
    assert found[0].remedy
    assert found[0].line() in report(found)


@pytest.mark.parametrize("address", ["127.0.0.53", "192.168.122.1"])
def test_dns_on_an_address_that_is_not_ours_is_no_fault(address):
    assert findings({"chat": changed(listeners=[listener(53, address, "dnsmasq", "udp")])}) == ()


def test_a_client_may_have_a_lease():
    leased = changed(addresses=[{**ADDRESS, "dynamic": True}])
    assert findings({"desk": leased}, {"desk": {"addresses": ["192.168.1.30"], "networks": [LAN], "static": False}}) == ()


def test_a_way_out_is_no_fault_outside_a_gap():
    routed = changed(routes=[{"destination": "default", "gateway": "192.168.1.1", "interface": "eth0"}])
    assert findings({"chat": routed}, air_gap=False) == ()


def test_a_clock_before_the_bundle():
    found = findings({"chat": changed(clock_offset=-1e8)}, not_before=1800000001)
    assert [finding.subject for finding in found] == ["clock"]
    assert "before the day" in found[0].what


def test_a_host_that_does_not_answer_is_a_finding():
    found = findings({}, EXPECT)
    assert [(finding.host, finding.subject, finding.blocking) for finding in found] == [("chat", "reach", True)]


PAIR = {
    "chat": {"addresses": ["192.168.1.30"], "networks": [LAN]},
    "dns": {"addresses": ["192.168.1.53"], "networks": [LAN]},
}
DNS = changed(
    hostname="dns", machine_id="b", boot_id="b", addresses=[{**ADDRESS, "mac": "02:00:00:00:00:02", "address": "192.168.1.53"}]
)


def second(**parts):
    return {**copy.deepcopy(DNS), **parts}


@pytest.mark.parametrize(
    ("other", "subjects"),
    [
        (DNS, []),
        (second(machine_id="a"), [("chat and dns share a machine id (one is a copy of the other)", WARNING)]),
        (second(hostname="chat"), [("chat and dns call themselves chat", WARNING)]),
        (
            second(addresses=[*DNS["addresses"], {**ADDRESS, "mac": "02:00:00:00:00:02"}]),
            [("chat and dns share the address 192.168.1.30", BLOCKING)],
        ),
        (
            second(addresses=[{**DNS["addresses"][0], "mac": ADDRESS["mac"]}]),
            [("chat and dns share a hardware address", BLOCKING)],
        ),
    ],
)
def test_hosts_against_each_other(other, subjects):
    found = findings({"chat": SOUND, "dns": other}, PAIR)
    assert [(finding.what, finding.level) for finding in found] == subjects


def test_two_names_for_one_machine_say_so_once():
    twin = changed(addresses=[*SOUND["addresses"], {**ADDRESS, "address": "192.168.1.53"}])
    found = findings({"chat": twin, "dns": twin}, PAIR)
    assert [finding.what for finding in found] == ["chat and dns are one and the same machine"]


def test_a_container_bridge_on_two_hosts_is_no_fault():
    bridge = {"interface": "docker0", "mac": "02:42:00:00:00:01", "address": "172.17.0.1", "prefix": 16, "dynamic": False}
    both = {"chat": changed(addresses=[ADDRESS, bridge]), "dns": second(addresses=[*DNS["addresses"], bridge])}
    assert findings(both, PAIR) == ()


def test_all_findings_come_at_once_blocking_first():
    found = findings(
        {"chat": changed(memory_mb=1, root=False, release="11"), "dns": DNS},
        {**EXPECT, "dns": {"addresses": ["192.168.1.54"], "networks": [LAN]}},
    )
    assert [finding.level for finding in found] == [BLOCKING, BLOCKING, BLOCKING, WARNING]
    assert report(found).splitlines()[0] == "3 things must be put right first:"


GOOD = {"addresses": ["192.0.2.1"]}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "chat: site_preflight_expect.addresses[0]: nothing is not an IP address"),
        ({"addresses": ["chat"]}, ".addresses[0]: chat is not an IP address"),
        ({**GOOD, "adresses": 1}, ".adresses: is not known"),
        ({**GOOD, "networks": ["192.168.1.5/24"]}, ".networks[0]: 192.168.1.5/24 has host bits set"),
        ({**GOOD, "ports": [{"port": 70000}]}, ".ports[0].port: 70000 is not a port (1-65535)"),
        ({**GOOD, "ports": [{"port": 53, "protocol": "icmp"}]}, ".ports[0].protocol: icmp is not tcp or udp"),
        ({**GOOD, "ports": [53]}, ".ports[0]: must be a dictionary"),
        ({**GOOD, "ports": [{"port": 53, "process": "x"}]}, ".ports[0].process: is not known"),
        ({**GOOD, "disk_mb": {"srv": 1}}, ".disk_mb.srv: must be an absolute path"),
    ],
)
def test_a_bad_expectation_is_named(raw, words):
    with pytest.raises(PreflightError) as caught:
        expectation.parse("chat", raw)
    assert words in str(caught.value)


def test_every_bad_expectation_is_named_at_once():
    with pytest.raises(PreflightError) as caught:
        expectation.parse("chat", {"addresses": ["x", "y"], "ports": [{"port": 0}]})
    assert len(caught.value.faults) == 3


def test_a_survey_without_a_part_is_refused():
    with pytest.raises(PreflightError, match="chat: the survey cannot be read"):
        parse_survey("chat", {"distribution": "debian"})
