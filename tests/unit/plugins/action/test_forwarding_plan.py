# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two shells of the forwarding plan: module and action give the same answer, and refuse in the same words."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.module_utils.testing import patch_module_args
from ansible.parsing.dataloader import DataLoader
from ansible_collections.onprem.chat.plugins.action.forwarding_plan import ActionModule
from ansible_collections.onprem.chat.plugins.module_utils.forwarding_shell import answer as shell
from ansible_collections.onprem.chat.plugins.modules import forwarding_plan as module

INTENT = {
    "router": {
        "wan": [{"interface": "wan0", "addresses": ["203.0.113.10/24"], "gateway": "203.0.113.1"}],
        "lan": [{"interface": "lan0", "address": "192.168.1.1", "network": "192.168.1.0/24"}],
    },
    "services": [{"name": "chat", "profile": "chat_web", "host": "192.168.1.30"}],
    "targets": ["nftables", "table"],
}
WRONG = copy.deepcopy(INTENT)
WRONG["services"][0]["ports"] = [{"protocol": "tcp", "public": 8443}, {"protocol": "tcp", "public": 70000}]
WRONG["targets"] = ["pf"]
WORDS = """There is no plan for what is described, 2 things to mend:
  - services[0].ports[1].public: 70000 is not a port (1-65535)
  - targets[0]:"""


def act(folder, **arguments):
    """Run the action as a task of these arguments would."""
    task = SimpleNamespace(args=arguments, async_val=0, check_mode=True, action="onprem.chat.forwarding_plan")
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="none"))
    loader = DataLoader()
    loader.set_basedir(str(folder))
    return ActionModule(task, connection, None, loader, None, None).run()


def run(capsys, **arguments):
    """Run the module; gives its exit status and its result."""
    with patch_module_args(arguments), pytest.raises(SystemExit) as done:
        module.main()
    return done.value.code, json.loads(capsys.readouterr().out)


def test_both_ways_give_the_same_answer(capsys, tmp_path):
    code, result = run(capsys, **INTENT)
    action = act(tmp_path, **INTENT)
    assert code == 0 and result["changed"] is False and set(result["rendered"]) == {"nftables", "table"}
    assert action["warnings"] == result["plan"]["warnings"]  # the module hands them to Ansible, which shows them
    for key in ("plan", "rendered", "table", "verdicts", "host_settings", "changed"):
        assert action[key] == result[key], key


def test_both_ways_refuse_with_every_fault(capsys, tmp_path):
    code, result = run(capsys, **WRONG)
    assert code == 1 and result["msg"].startswith(WORDS)
    with pytest.raises(AnsibleActionFail) as refused:
        act(tmp_path, **WRONG)
    assert str(refused.value) == result["msg"]


def test_the_options_may_stand_in_a_file(tmp_path):
    """As in `ansible localhost -m onprem.chat.forwarding_plan -a @intent.yml`; what is written beside it wins."""
    (tmp_path / "intent.yml").write_text(yaml.safe_dump(INTENT), encoding="utf-8")
    assert act(tmp_path, _raw_params="@intent.yml")["plan"] == act(tmp_path, **INTENT)["plan"]
    assert set(act(tmp_path, _raw_params="@intent.yml", targets="iptables")["rendered"]) == {"iptables", "ip6tables"}
    (tmp_path / "list.yml").write_text("[router]", encoding="utf-8")
    for text in ("intent.yml", "@list.yml"):
        with pytest.raises(AnsibleActionFail):
            act(tmp_path, _raw_params=text)


def test_the_prefix_stands_before_every_path(tmp_path):
    with pytest.raises(AnsibleActionFail) as refused:
        act(tmp_path, **WRONG, path_prefix="router_nat_")
    assert str(refused.value).count("- router_nat_") == 2


def test_this_machine_resolves_names():
    assert "127.0.0.1" in shell.resolve("localhost") or "::1" in shell.resolve("localhost")
    with pytest.raises(OSError):
        shell.resolve("nothing.invalid")
    with pytest.raises(OSError):
        shell.resolve("a" * 64 + ".invalid")
