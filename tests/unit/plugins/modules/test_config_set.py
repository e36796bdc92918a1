# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell: what it hands in and out, and its papers."""

from __future__ import annotations

import io
import json
import os

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.module_utils.config_set.model import ConfigSet
from ansible_collections.onprem.chat.plugins.module_utils.config_set.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.config_set.payload import pack
from ansible_collections.onprem.chat.plugins.modules import config_set


def run(capsys, **arguments) -> dict:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        config_set.main()
    return json.loads(capsys.readouterr().out)


def test_a_set_is_applied_and_its_content_is_not_told(tmp_path, capsys):
    file = {"path": str(tmp_path / "a"), "template": "a.j2", "owner": str(os.getuid()), "group": str(os.getgid())}
    payload = pack({"name": "demo", "files": [file]}, {0: b"Xyzzy-4711"})
    found = run(capsys, name="demo", state_directory=str(tmp_path / "state"), payload=payload)
    assert found["changed_paths"] == [file["path"]]
    assert (tmp_path / "a").read_bytes() == b"Xyzzy-4711"
    assert "Xyzzy" not in json.dumps(found)
    assert payload not in json.dumps(found)


def test_errors_are_told_together(tmp_path, capsys):
    payload = pack({"name": "demo", "files": [{"path": "a"}], "absent": ["b"]}, {})
    found = run(capsys, name="demo", state_directory=str(tmp_path), payload=payload)
    assert found["failed"]
    assert len(found["errors"]) == 3


def test_without_its_action_plugin_it_says_so(capsys):
    found = run(capsys, name="demo")
    assert "without its action plugin" in found["msg"]


def options(documented: dict) -> dict:
    return {name: options(option.get("suboptions", {})) for name, option in documented.items()}


def test_the_examples_are_sets_and_the_papers_name_every_option():
    documented = yaml.safe_load(config_set.DOCUMENTATION)["options"]
    assert set(documented) == {*ConfigSet.__dataclass_fields__, "state_directory", "payload"}
    for task in yaml.safe_load(io.StringIO(config_set.EXAMPLES)):
        parse(task["onprem.chat.config_set"])
        known = options(documented)
        for name, value in task["onprem.chat.config_set"].items():
            for item in value if isinstance(value, list) else ():
                assert not isinstance(item, dict) or set(item) <= set(known[name])


def test_what_is_returned_is_documented(tmp_path, capsys):
    payload = pack({"name": "demo"}, {})
    found = run(capsys, name="demo", state_directory=str(tmp_path), payload=payload)
    assert not found["changed"]
    assert set(found) - {"changed", "invocation"} <= set(yaml.safe_load(config_set.RETURN))
