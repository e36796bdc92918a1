# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell: what it says where nobody has to be asked."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import dns_records as shell

SECRET = "dGhlIHNlY3JldCBvZiB0aGUgc2l0ZQ=="
ARGUMENTS = {
    "zone": "example.com",
    "server": "ns1.example.com",
    "key_name": "site-key",
    "key_secret": SECRET,
    "records": [{"name": "chat", "type": "A", "values": ["203.0.113.10"]}, {"name": "old", "type": "A", "values": []}],
}


@pytest.fixture
def run(monkeypatch, capsys):
    def go(check=False, library=True, **arguments):
        monkeypatch.setattr(shell, "able", lambda: library)
        given = {key: value for key, value in {**ARGUMENTS, **arguments}.items() if value is not None}
        with patch_module_args({**given, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            shell.main()
        out = capsys.readouterr().out
        assert SECRET not in out
        return json.loads(out)

    return go


def test_check_mode_before_the_library_is_there(run):
    said = run(check=True, library=False)
    assert said["changed"] and not said["published"]
    assert said["diff"]["after"] == "chat.example.com. 300 IN A 203.0.113.10\n"
    assert [row["said"] for row in said["missing"]] == [shell.NO_LIBRARY] * 2
    assert "dnspython" in run(library=False)["msg"]


def test_a_change_needs_a_key(run):
    assert run(key_name=None, key_secret=None)["msg"].startswith("key_name: a key is needed to change example.com")


def test_every_fault_of_the_input_is_told_with_its_place(run):
    said = run(path_prefix="public_dns_", zone="com", server=None)
    assert said["msg"].startswith("The records are not published, 2 things to mend:\n  - public_dns_server: is missing")
