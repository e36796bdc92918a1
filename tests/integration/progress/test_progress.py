# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody sees who runs a playbook: a line for each part, all of a failure, and Ansible's own words when asked for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SECONDS = r"\.{4,} [0-9.]+ s"


@pytest.fixture
def play(tmp_path):
    def run(*words: str, playbook: Path = HERE / "run.yml", code: int = 0, terminal: bool = False, **environment: str) -> str:
        """Run a playbook on two hosts that are this machine; return what was printed."""
        inventory = tmp_path / "hosts.yml"
        hosts = "all: {hosts: {a: {}, b: {}}, vars: {ansible_connection: local, ansible_python_interpreter: %s, folder: %s}}"
        inventory.write_text(hosts % (sys.executable, tmp_path), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(playbook), *words]
        if terminal:
            command = ["script", "--quiet", "--return", "--command", " ".join(command), "/dev/null"]
        env = {name: value for name, value in os.environ.items() if name != "ANSIBLE_STDOUT_CALLBACK"}
        env |= {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_FORCE_COLOR": "0", "TERM": "xterm", **environment}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == code, done.stdout + done.stderr
        return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.replace("\r\n", "\n"))

    return run


def recap(said: str) -> list[str]:
    return re.findall(r"^(?:a|b) +: ok=\d+ +changed=\d+ +unreachable=0 +failed=\d+ ", said, re.MULTILINE)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_line_for_each_part(play, terminal):
    said = play(terminal=terminal)
    before = said[: said.index("PLAY RECAP")]
    expected = rf"""The first part \.+ \nTo be read:
by people\.
a: inventory_hostname: a
b: inventory_hostname: b
item one
item two
The first part {SECONDS}; changed: a \(1\), b \(1\)
The second part {SECONDS}
[0-9.]+ s in all

"""
    assert re.fullmatch(expected, re.sub(r"\[WARNING\]: Could not match.*\n", "", before)), before
    assert len(recap(said)) == 2
    again = play()
    assert "changed:" not in again


def test_a_failure_is_told_in_full(play):
    said = play("-e", "broken=true", code=2)
    assert "TASK [Fail when it is wanted] ***" in said
    assert said.count("FAILED! =>") == 2
    assert "the reason" in said and "in two lines" in said
    assert re.search(rf"^The second part {SECONDS}; failed: a, b$", said, re.MULTILINE)
    assert "TASK [Go well]" not in said and "nobody minds" not in said


def test_what_the_collection_itself_finds_wrong_is_told_once(play, tmp_path):
    (tmp_path / "site.yml").write_text("chat_servers: {hosts: {a: {}}}", encoding="utf-8")
    said = play("-i", str(tmp_path / "site.yml"), playbook=ROOT / "playbooks" / "verify.yml", code=2)
    assert said.count("site_domain: ") == 1
    assert "Origin:" not in said


def test_a_slip_in_an_inventory_is_told_with_its_place(play, tmp_path):
    (tmp_path / "slip.yml").write_text('all: {vars: {folder: "{{ nowhere }}"}}', encoding="utf-8")
    said = play("-i", str(tmp_path / "slip.yml"), code=2)
    assert "'nowhere' is undefined" in said
    assert f"Origin: {tmp_path}/slip.yml:1:" in said


def test_unreachable_is_told_in_full(play):
    said = play("-e", "ansible_connection=ssh", "-e", "ansible_ssh_common_args='-o ProxyCommand=false'", code=4)
    assert said.count("UNREACHABLE!") == 2
    assert re.search(rf"^The first part {SECONDS}; failed: a, b$", said, re.MULTILINE)


def test_differences_are_shown_when_asked_for(play):
    said = play("--check", "--diff")
    assert said.count("+new words") == 2
    assert "TASK [Write a file] ***" in said and said.count("changed: [") == 2
    assert re.search(rf"^The first part {SECONDS}; would change: a \(1\), b \(1\)$", said, re.MULTILINE)


@pytest.mark.parametrize(("words", "environment"), [(["-v"], {}), ([], {"ANSIBLE_STDOUT_CALLBACK": "default"})])
def test_ordinary_output_stays_available(play, words, environment):
    said = play(*words, **environment)
    for word in (
        "PLAY [The first part]",
        "TASK [Go well]",
        "ok: [a]",
        "nobody minds",
        "...ignoring",
        "skipping: no hosts matched",
    ):
        assert word in said, said
    assert not re.search(SECONDS, said)
