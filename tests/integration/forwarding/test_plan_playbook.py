# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/plan.yml as people call it: it writes its folder, names what is wrong in the inventory, and touches nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMES = [
    *("ip6tables.rules", "iptables.rules", "nftables.nft", "paths.json", "paths.txt"),
    *("plan.json", "plan.mmd", "plan.svg", "plan.txt", "verdicts.json"),
]


def play(folder, *arguments):
    """Run the playbook from a folder."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), str(ROOT / "playbooks" / "plan.yml"), *arguments]
    # what the playbook calls "where you stand" is the shell's word for it
    env = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PWD": str(folder), "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_example_is_planned_and_planned_again(tmp_path):
    inventory = str(ROOT / "inventories" / "nat_fixed_ip")
    first = play(tmp_path, "-i", inventory)
    assert first.returncode == 0, first.stdout + first.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["plan-nat_fixed_ip"]
    written = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "plan-nat_fixed_ip").iterdir()}
    assert sorted(written) == NAMES
    assert all(line.rstrip() in first.stdout for line in written["plan.txt"].splitlines())
    assert written["plan.svg"].startswith("<svg ")
    assert written["plan.mmd"].startswith("flowchart LR\n")
    assert "table inet onprem_chat" in written["nftables.nft"]
    assert {row["outcome"] for row in json.loads(written["verdicts.json"])} == {"reach", "refuse"}
    assert json.loads(written["plan.json"])["one_to_one"][0]["service"] == "gateway"
    assert "documentation" in "".join(json.loads(written["plan.json"])["warnings"])
    again = play(tmp_path, "-i", inventory)
    assert "changed=0" in again.stdout, again.stdout
    lab = play(tmp_path, "-i", inventory, "-e", "plan_lab=true", "-e", "plan_directory=lab")
    assert lab.returncode == 0, lab.stdout
    assert json.loads((tmp_path / "lab" / "plan.json").read_text(encoding="utf-8"))["warnings"] == []


def test_errors_name_the_variables_of_the_inventory(tmp_path):
    wrong = {"site_router": {"lan": []}, "site_services": [{"name": "chat", "profile": "chat_wep", "host": "192.168.1.30"}]}
    answer = play(tmp_path, "-i", "localhost,", "-e", json.dumps(wrong))
    assert answer.returncode != 0
    assert "site_router.wan: is missing" in answer.stdout
    assert "site_services[0].profile: 'chat_wep' is no profile" in answer.stdout
    assert not list(tmp_path.iterdir())


def test_an_inventory_without_a_router_is_told_what_is_missing(tmp_path):
    answer = play(tmp_path, "-i", str(ROOT / "inventories" / "minimal"))
    assert answer.returncode != 0
    assert "site_router.lan: is missing" in answer.stdout
