"""One fault at a time on bare hosts of the one-server lab: the preflight names it, and stops only where it must.

ONPREM_LAB_TOPOLOGY=minimal lab/lab up && pytest tests/integration/preflight
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
ENVIRONMENT = {**os.environ, "ANSIBLE_CONFIG": f"{CHECKOUT}/ansible.cfg", "ANSIBLE_FORCE_COLOR": "0"}
LISTEN = "import socket,time; s=socket.socket(socket.AF_INET, socket.{}); s.bind(('{}', {})); {}time.sleep(60)"


def on(host: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([f"{CHECKOUT}/lab/lab", "exec", host, *command], check=True, capture_output=True, text=True)


def shell(host: str, script: str) -> None:
    on(host, "sh", "-c", script)


def listen(kind: str, address: str, port: int) -> str:
    """A shell line that leaves a foreign program on a port."""
    source = LISTEN.format(kind, address, port, "s.listen(); " if kind == "SOCK_STREAM" else "")
    return f'setsid python3 -c "{source}" >/dev/null 2>&1 & sleep 0.5'


@pytest.fixture
def preflight(tmp_path):
    """Runs the preflight; whether it stopped the run, and its findings as (host, level, subject, what)."""

    def run(*options: str) -> tuple[bool, list[tuple[str, str, str, str]]]:
        answer = tmp_path / "answer.json"
        command = [
            "ansible-playbook",
            "-i",
            "inventories/lab_minimal",
            str(HERE / "preflight.yml"),
            "-e",
            f"answer={answer}",
            *options,
        ]
        done = subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True)
        assert answer.exists(), done.stdout + done.stderr
        found = json.loads(answer.read_text())["findings"]
        assert "changed=0" in done.stdout and "changed=1" not in done.stdout
        return done.returncode != 0, [(one["host"], one["level"], one["subject"], one["what"]) for one in found]

    return run


def test_sound_hosts(preflight):
    assert preflight() == (False, [])


def test_the_same_in_check_mode(preflight):
    assert preflight("--check") == (False, [])


KILL = "pkill -x python3; true"
FAULTS = {
    "web port taken": ("chat", listen("SOCK_STREAM", "0.0.0.0", 443), KILL, True, "port", "port 443/tcp is taken by python3"),
    "DNS port taken on the address": (
        "chat",
        listen("SOCK_DGRAM", "192.168.1.30", 53),
        KILL,
        True,
        "port",
        "port 53/udp is taken by",
    ),
    "leased address": (
        "chat",
        "ip address change 192.168.1.30/24 dev eth0 valid_lft 3600 preferred_lft 3600",
        "ip address change 192.168.1.30/24 dev eth0 valid_lft forever preferred_lft forever",
        True,
        "address",
        "its address 192.168.1.30 was leased by DHCP",
    ),
    "way out": (
        "desk1",
        "ip route add default via 192.168.1.30",
        "ip route del default",
        False,
        "gap",
        "has a way out of the site: default via 192.168.1.30 on eth0",
    ),
    "full disk": (
        "chat",
        "mkdir -p /srv; mount -t tmpfs -o size=50m none /srv",
        "umount /srv",
        True,
        "disk",
        "/srv: 50 MB free, 100 MB needed",
    ),
    "read-only disk": (
        "chat",
        "mkdir -p /srv; mount -t tmpfs -o ro none /srv",
        "umount /srv",
        True,
        "disk",
        "/srv cannot be written (mounted read-only)",
    ),
    "another system": (
        "chat",
        "printf 'ID=other\\nVERSION_ID=1\\n' >/root/os; mount --bind /root/os /usr/lib/os-release",
        "umount /usr/lib/os-release",
        True,
        "system",
        "runs other 1",
    ),
    "rival at boot": (
        "chat",
        "ln -s /dev/null /etc/systemd/system/multi-user.target.wants/apache2.service",
        "rm /etc/systemd/system/multi-user.target.wants/apache2.service",
        False,
        "service",
        "the service apache2 is enabled",
    ),
}


@pytest.mark.parametrize(("host", "plant", "repair", "stops", "subject", "words"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_named(preflight, host, plant, repair, stops, subject, words):
    shell(host, plant)
    try:
        stopped, found = preflight()
    finally:
        shell(host, repair)
    assert stopped == stops
    assert [(one[0], one[1], one[2]) for one in found] == [(host, "blocking" if stops else "warning", subject)]
    assert words in found[0][3]


def test_a_resolver_on_an_address_of_its_own_is_no_fault(preflight):
    shell("chat", listen("SOCK_DGRAM", "127.0.0.53", 53))
    try:
        assert preflight() == (False, [])
    finally:
        shell("chat", KILL)


def test_another_machine_with_the_address_of_a_host(preflight):
    """The desk answers for an address of the chat server's that no connection goes by."""
    shell("chat", "ip address add 192.168.1.31/24 dev eth0")
    shell("desk1", "ip address add 192.168.1.31/24 dev eth0")
    both = {"addresses": ["192.168.1.30", "192.168.1.31"], "networks": ["192.168.1.0/24"]}
    try:
        expected = {"chat": both, "desk1": {"addresses": ["192.168.1.101"], "networks": ["192.168.1.0/24"]}}
        stopped, found = preflight("-e", json.dumps({"expected": expected}))
    finally:
        for host in ("chat", "desk1"):
            shell(host, "ip address del 192.168.1.31/24 dev eth0")
    assert stopped
    assert {one[2] for one in found} == {"address"}
    assert any("answers for its address 192.168.1.31" in one[3] for one in found)
    assert any("chat and desk1 share the address 192.168.1.31" in one[3] for one in found)


def test_a_clock_before_the_bundle(preflight):
    stopped, found = preflight("-e", '{"site_preflight_not_before": 9999999999}')
    assert stopped
    assert {one[:3] for one in found} == {("chat", "blocking", "clock"), ("desk1", "blocking", "clock")}


def test_a_host_that_is_off(preflight):
    subprocess.run([f"{CHECKOUT}/lab/lab", "stop", "chat"], check=True)
    try:
        stopped, found = preflight("-T", "3")
    finally:
        subprocess.run([f"{CHECKOUT}/lab/lab", "start", "chat"], check=True)
    assert stopped
    assert found == [("chat", "blocking", "reach", "could not be reached, or could not be looked at")]
