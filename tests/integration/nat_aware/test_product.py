"""A product with a config.yaml and an install.sh behind the router of the lab; run by the scenario router_nat."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.onprem.chat.tests.integration.actors.desk import CHECKOUT, EXEC, run

HERE = Path(__file__).resolve().parent
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
HOST = "gateway"
FOLDER = "/opt/puppets"
RECORDS = "/var/lib/onprem-chat/products"
#: Comments, odd spaces, quotes, CRLF, an anchor, a tag of its own, and no line break at the end.
CONFIG = (
    "---\r\n# The name that people type\r\nhostname:   'puppet.example.com' # do not change\r\n\r\nemail: \"\"\r\n"
    "defaults: &all {ssl: yes, hosts: [a,   b]}\r\nweb: *all\r\n  # indented, and about nothing\r\n"
    "nat:    false   # set by us\r\nsecret: !keep s3cret"
)
WANTED = CONFIG.replace("false", "true") + '\r\npublic_ip: "203.0.113.10"'
#: What a vendor's installer is like: it reads the file, takes a while, and is not made to be killed.
INSTALLER = """#!/bin/sh
set -eu
cd "$(dirname "$0")"
echo began >>runs
echo "installing"
while [ -e slow ]; do sleep 0.2; done
if [ -e broken ]; then echo "no space left"; exit 3; fi
cp config.yaml installed.yaml
systemctl daemon-reload
systemctl restart puppets
echo ended >>runs
"""
UNIT = "[Service]\nExecStart=/bin/sleep infinity\n"


def put(path: str, text: str, mode: str = "0644") -> None:
    script = f"cat >{shlex.quote(path)} && chmod {mode} {shlex.quote(path)}"
    subprocess.run([*EXEC, HOST, "sh", "-c", script], input=text.encode(), check=True, cwd="/")


def get(path: str) -> str:
    return subprocess.run([*EXEC, HOST, "cat", path], check=True, capture_output=True, cwd="/").stdout.decode()


def runs() -> list[str]:
    return run(HOST, "sh", "-c", f"cat {FOLDER}/runs 2>/dev/null || true").split()


def command(*words: str) -> list[str]:
    inventories = [f"--inventory={one}" for one in (CHECKOUT / "inventories/lab_nat", HERE / "hosts.yml")]
    return [str(PLAYBOOK), *inventories, *words, str(CHECKOUT / "playbooks/nat_aware.yml")]


def play(*words: str, code: int = 0) -> str:
    done = subprocess.run(command(*words), cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False)
    printed = done.stdout + done.stderr
    assert done.returncode == code, printed
    return printed


def changed(printed: str) -> int:
    return int(re.search(r"changed=(\d+)", printed).group(1))


@pytest.fixture
def product():
    """It is unpacked, and nobody has installed it yet."""
    run(HOST, "sh", "-c", f"rm -rf {FOLDER} {RECORDS}; mkdir -p {FOLDER}")
    put(f"{FOLDER}/config.yaml", CONFIG, "0640")
    put(f"{FOLDER}/install.sh", INSTALLER, "0755")
    put("/etc/systemd/system/puppets.service", UNIT)
    yield
    leave = "systemctl stop puppets; rm -rf /etc/systemd/system/puppets.service"
    run(HOST, "sh", "-c", f"{leave} {FOLDER} {RECORDS}; systemctl daemon-reload")


def test_everything_else_survives_and_the_installer_runs_once(product):
    printed = play("--check", "--diff")
    assert changed(printed) == 1 and '+public_ip: "203.0.113.10"' in printed and "s3cret" not in printed
    assert get(f"{FOLDER}/config.yaml") == CONFIG and runs() == []

    assert changed(play()) == 1
    assert get(f"{FOLDER}/config.yaml") == WANTED
    assert get(f"{FOLDER}/installed.yaml") == WANTED
    assert runs() == ["began", "ended"]
    assert run(HOST, "systemctl", "is-active", "puppets").strip() == "active"
    assert run(HOST, "stat", "-c", "%a %U", f"{FOLDER}/config.yaml").split() == ["640", "root"]
    kept = run(HOST, "sh", "-c", f"ls {FOLDER}/config.yaml.*").split()
    assert len(kept) == 1 and get(kept[0]) == CONFIG

    assert changed(play()) == 0
    assert get(f"{FOLDER}/config.yaml") == WANTED
    assert runs() == ["began", "ended"]

    # Somebody's own change of another key is theirs; one of ours is put right.
    put(f"{FOLDER}/config.yaml", WANTED.replace('email: ""', 'email: "a@example.com"'), "0640")
    assert changed(play()) == 0 and len(runs()) == 2
    put(f"{FOLDER}/config.yaml", WANTED.replace("true", "false"), "0640")
    assert changed(play()) == 1 and len(runs()) == 4
    assert get(f"{FOLDER}/config.yaml") == WANTED


def test_a_failed_installer_is_run_again(product):
    run(HOST, "touch", f"{FOLDER}/broken")
    printed = play(code=2)
    assert "exit status 3" in printed and "no space left" in printed
    assert get(f"{FOLDER}/config.yaml") == WANTED and runs() == ["began"]
    run(HOST, "rm", f"{FOLDER}/broken")
    assert changed(play()) == 1
    assert runs() == ["began", "began", "ended"]
    assert changed(play()) == 0


@pytest.mark.parametrize("victim", ["module", "both"])
def test_a_killed_run_is_finished_by_the_next(product, victim):
    """Killed is the module alone, and its installer goes on; or both, as by a reboot."""
    run(HOST, "touch", f"{FOLDER}/slow")
    first = subprocess.Popen(command(), cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while runs() != ["began"]:
            assert time.monotonic() < end, "the installer did not begin"
            time.sleep(0.3)
        # The installer leads a session of its own, and its parent is the module.
        pid = run(HOST, "pgrep", "-oxf", "/bin/sh ./install.sh").strip()  # the oldest: it may just be making another
        parent = run(HOST, "ps", "-o", "ppid=", "-p", pid).strip()
        run(HOST, "kill", "-9", parent, *([pid] if victim == "both" else []))
        assert first.wait(60) != 0
    finally:
        if first.poll() is None:
            first.kill()
            first.wait()
    assert get(f"{FOLDER}/config.yaml") == WANTED
    if victim == "both":
        run(HOST, "rm", f"{FOLDER}/slow")
        play()
        assert runs() == ["began", "began", "ended"]
    else:
        second = subprocess.Popen(command(), cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(8)
        assert second.poll() is None and runs() == ["began"], "it waits for the one that still runs"
        run(HOST, "rm", f"{FOLDER}/slow")
        printed = second.communicate(timeout=60)[0]
        assert second.returncode == 0, printed
        assert runs() == ["began", "ended", "began", "ended"]
    assert changed(play()) == 0


def test_what_cannot_be_merged_is_named_and_nothing_changes(product):
    for text, words in (
        (CONFIG + "\r\nnat: true\r\n", "/opt/puppets/config.yaml, line 11: nat stands there 2 times, in lines 9, 11"),
        ("nat: false\n\tpublic_ip: x\n", "/opt/puppets/config.yaml, line 2, column 1: is not YAML"),
    ):
        put(f"{FOLDER}/config.yaml", text)
        assert words in " ".join(play(code=2).split()), words
        assert get(f"{FOLDER}/config.yaml") == text and runs() == []
    run(HOST, "rm", f"{FOLDER}/install.sh")
    put(f"{FOLDER}/config.yaml", CONFIG)
    assert "there is no file /opt/puppets/install.sh; nothing was changed" in play(code=2)
    assert get(f"{FOLDER}/config.yaml") == CONFIG
    assert "nothing is forwarded to a service of the name other" in play("-e", "nat_aware_service_name=other", code=2)


def test_a_host_that_is_not_behind_a_nat_is_left_alone(product):
    """The router's own address is on the host for a moment."""
    run(HOST, "systemctl", "start", "puppets")
    run(HOST, "ip", "address", "add", "203.0.113.10/32", "dev", "lo")
    try:
        assert changed(play()) == 0
        assert get(f"{FOLDER}/config.yaml") == CONFIG and runs() == []
        assert changed(play("-e", '{"nat_aware_service_settings_direct": {"web_only": true}}')) == 1
        assert get(f"{FOLDER}/config.yaml") == CONFIG + "\r\nweb_only: true"
    finally:
        run(HOST, "ip", "address", "del", "203.0.113.10/32", "dev", "lo")
