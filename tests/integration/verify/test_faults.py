"""One fault at a time on the finished one-server lab: the verification names the rung that it broke.

molecule converge -s site_verify && ONPREM_LAB_NAME=molecule pytest tests/integration/verify
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
BOTH = {"desk1", "chat"}
ACCOUNTS = "ejabberdctl registered_users chat.example.lan"


def on(host: str, script: str) -> str:
    command = [f"{CHECKOUT}/lab/lab", "exec", host, "sh", "-ec", script]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module", autouse=True)
def _second_vantage():
    """The server looks too; what it needs for that comes from the bundle."""
    command = ["ansible-playbook", "-i", "inventories/lab_minimal", str(HERE / "second_vantage.yml")]
    subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, check=True)


@pytest.fixture
def verify(tmp_path):
    """Runs the verification; the first broken rung of each vantage, and every broken rung."""

    def run() -> tuple[dict[str, str], set[str]]:
        answer = tmp_path / "answer.json"
        command = [
            "ansible-playbook",
            "-i",
            "inventories/lab_minimal",
            str(HERE / "verify.yml"),
            "-e",
            f"answer={answer}",
            "-vvv",
        ]
        done = subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True)
        assert answer.exists(), done.stdout + done.stderr
        assert "changed=0" in done.stdout and "changed=1" not in done.stdout
        judged = json.loads(answer.read_text())
        assert judged["ok"] == (done.returncode == 0)
        steps = [step for one in judged["vantages"].values() for step in one["steps"]]
        assert all(step["cause"] and step["remedy"] for step in steps if step["state"] == "broken")
        first = {vantage: one["first_broken"] for vantage, one in judged["vantages"].items()}
        return first, {step["rung"] for step in steps if step["state"] == "broken"}

    return run


def test_a_sound_site_has_no_finding_and_keeps_no_trace(verify):
    before = on("chat", ACCOUNTS)
    assert verify() == (dict.fromkeys(BOTH, ""), set())
    assert on("chat", ACCOUNTS) == before
    assert "onprem-probe" not in before


NGINX = "/etc/nginx/sites-enabled/onprem-chat.conf"
#: on which host, what breaks it, what mends it, first broken rung, at which vantages, what else breaks
FAULTS = {
    "name server down": ("chat", "systemctl stop named", "systemctl start named", "dns 192.168.1.30", BOTH, {"wrong name"}),
    "nginx down": ("chat", "systemctl stop nginx", "systemctl start nginx", "tcp 80", BOTH, {"tcp 443"}),
    "ejabberd down": (
        "chat",
        "systemctl stop ejabberd",
        "systemctl start ejabberd; until ejabberdctl status >/dev/null; do sleep 1; done",
        "tcp 5222",
        BOTH,
        {"tcp 5223", "websocket", "accounts"},
    ),
    "database down": (
        "chat",
        "systemctl stop postgresql",
        f"systemctl start postgresql; until {ACCOUNTS} >/dev/null 2>&1; do sleep 1; done",
        "accounts",
        BOTH,
        set(),
    ),
    "port filtered": (
        "chat",
        "nft add table inet fault; nft add chain inet fault input '{ type filter hook input priority 0; }'; "
        "nft add rule inet fault input tcp dport 5223 drop",
        "nft delete table inet fault",
        "tcp 5223",
        BOTH,
        set(),
    ),
    "websocket blocked": (
        "chat",
        f"cp -L {NGINX} /root/saved; sed 's,location = /ws,location = /elsewhere,' /root/saved >{NGINX}; systemctl reload nginx",
        f"cat /root/saved >{NGINX}; systemctl reload nginx",
        "websocket",
        BOTH,
        set(),
    ),
    "revocation lists gone": (
        "chat",
        "cd /; for list in $(find /var/www -name '*.crl'); do mv $list $list.away; done",
        "cd /; for list in $(find /var/www -name '*.crl.away'); do mv $list ${list%.away}; done",
        "crl",
        BOTH,
        set(),
    ),
    "authority not trusted": (
        "desk1",
        "cp /etc/ssl/certs/ca-certificates.crt /root/saved; mount -t tmpfs none /etc/ssl/certs; "
        "touch /etc/ssl/certs/ca-certificates.crt",
        "umount /etc/ssl/certs",
        "tls 443",
        {"desk1"},
        {"tls 5222", "tls 5223"},
    ),
    "another resolver": (
        "desk1",
        "echo nameserver 192.168.1.99 >/root/resolv; cp /etc/hosts /root/hosts; sed /chat/d /root/hosts >/root/without; "
        "mount --bind /root/resolv /etc/resolv.conf; mount --bind /root/without /etc/hosts",
        "umount /etc/resolv.conf /etc/hosts",
        "name",
        {"desk1"},
        set(),
    ),
    "wrong address in the host's own table": (
        "desk1",
        "echo 192.168.1.99 chat.example.lan >/root/without; mount --bind /root/without /etc/hosts",
        "umount /etc/hosts",
        "name",
        {"desk1"},
        set(),
    ),
}


@pytest.mark.parametrize(("host", "plant", "mend", "first", "vantages", "others"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_named(verify, host, plant, mend, first, vantages, others):
    on(host, plant)
    try:
        seen, broken = verify()
    finally:
        on(host, mend)
    assert seen == {vantage: first if vantage in vantages else "" for vantage in BOTH}
    assert broken == {first, *others}


def test_the_site_is_sound_again(verify):
    assert verify() == (dict.fromkeys(BOTH, ""), set())
    assert "onprem-probe" not in on("chat", ACCOUNTS)


def test_no_password_is_shown(tmp_path):
    command = [
        "ansible-playbook",
        "-i",
        "inventories/lab_minimal",
        str(HERE / "verify.yml"),
        "-e",
        f"answer={tmp_path}/answer",
        "-vvv",
    ]
    # a seed would give a known password; so look for every place where one could stand
    shown = subprocess.run(command, cwd=CHECKOUT, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    places = [line.split(":", 1)[1].strip() for line in shown.splitlines() if line.strip().startswith("password:")]
    assert set(places) <= {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "null"}
