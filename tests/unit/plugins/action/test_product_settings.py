# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""product_settings on this machine: what a task says, and what it leaves; once through Ansible itself, which is slow to start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.action import product_settings as shell
from ansible_collections.onprem.chat.plugins.modules import product_settings as module

ROOT = Path(__file__).parents[4]
ANSIBLE = Path(sys.executable).with_name("ansible")


@pytest.fixture
def given(tmp_path):
    """What a task is given; its installer is there."""
    (tmp_path / "install.sh").write_text("#!/bin/sh\necho ran >>runs\n", encoding="utf-8")
    (tmp_path / "install.sh").chmod(0o755)
    return {
        "name": "product",
        "path": str(tmp_path / "config.yaml"),
        "settings": {"nat": True},
        "command": ["./install.sh"],
        "state_directory": str(tmp_path / "state"),
    }


@pytest.fixture
def task(given, monkeypatch, capsys):
    """The action, and the module in this very process."""

    def execute(self, module_name, module_args, task_vars):
        assert module_name == "onprem.chat.product_settings"
        with patch_module_args({**module_args, "_ansible_check_mode": self._task.check_mode}), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    def run(check=False, **arguments):
        plugin = shell.ActionModule.__new__(shell.ActionModule)
        plugin._task = SimpleNamespace(args={**given, **arguments}, check_mode=check)
        return plugin.run(task_vars={})

    monkeypatch.setattr(shell.ActionBase, "run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(shell.ActionModule, "_execute_module", execute)
    return run


def test_a_task(task, tmp_path):
    said = task()
    assert said["failed"] and "config.yaml: is not there. Install the product first" in said["msg"]
    assert task(check=True)["changed"]
    (tmp_path / "config.yaml").write_bytes(b"secret: s3cret # x\r\n")
    said = task()
    assert said["changed"] and said["ran"] and said["why"] == "the settings changed"
    assert (tmp_path / "config.yaml").read_bytes() == b"secret: s3cret # x\r\nnat: true\r\n"
    assert Path(said["backup_file"]).read_bytes() == b"secret: s3cret # x\r\n"
    assert not task()["changed"]
    assert task(creates=str(tmp_path / "made"))["why"] == "what it makes is not there"
    said = task(settings={"nat": [], "x": float("inf")}, name="No Name", path="config.yaml")
    assert "name: 'No Name' is no name" in said["msg"] and "path: 'config.yaml' is not absolute" in said["msg"]
    assert (tmp_path / "runs").read_text(encoding="utf-8").split() == ["ran", "ran"]


def test_a_task_of_ansible(given, tmp_path):
    if not ANSIBLE.exists() or not (ROOT / ".ansible").is_dir():
        pytest.skip("needs Ansible's programs and the checkout")
    (tmp_path / "ansible.cfg").write_text("", encoding="utf-8")
    (tmp_path / "config.yaml").write_bytes(b"secret: s3cret # x\r\n")
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible/collections"),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
    }
    inventory = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(
        [str(ANSIBLE), "localhost", *inventory, "-m", "onprem.chat.product_settings", "-a", json.dumps(given)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    said = json.loads(re.split(r"localhost [|] \S+ => ", done.stdout)[1])
    assert said["changed"] and said["ran"], said
    assert said["changes"] == [{"key": "nat", "before": "", "after": "true"}] and "s3cret" not in json.dumps(said)
    assert (tmp_path / "config.yaml").read_bytes() == b"secret: s3cret # x\r\nnat: true\r\n"
    assert (tmp_path / "runs").read_text(encoding="utf-8").split() == ["ran"]


def test_without_its_action_the_module_says_so(capsys):
    with patch_module_args({"name": "a", "path": "/a", "settings": {}}), pytest.raises(SystemExit):
        module.main()
    assert "the action plugin of product_settings has not run" in capsys.readouterr().out
