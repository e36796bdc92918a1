# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret is made once, is its owner's alone, and is not overwritten when it looks like something else."""

from __future__ import annotations

import json
import stat

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.onprem.chat.plugins.modules import shared_secret as shell


@pytest.fixture
def run(tmp_path, capsys):
    def go(check=False):
        with patch_module_args({"path": str(tmp_path / "of" / "relay"), "_ansible_check_mode": check}), pytest.raises(SystemExit):
            shell.main()
        return json.loads(capsys.readouterr().out)

    return go


def test_it_is_made_once(run, tmp_path):
    expected = run(check=True)
    assert expected["changed"] and expected["secret"] == shell.TO_COME
    assert not (tmp_path / "of").exists()
    made = run()
    assert made["changed"] and len(made["secret"]) == 43
    assert run() == {**made, "changed": False}
    assert run(check=True) == {**made, "changed": False}
    assert [path.name for path in (tmp_path / "of").iterdir()] == ["relay"]


def test_it_is_for_its_owner_alone(run, tmp_path):
    made = run()
    path = tmp_path / "of" / "relay"
    path.chmod(0o644)
    assert run(check=True)["changed"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert run()["changed"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run()["secret"] == made["secret"]


@pytest.mark.parametrize("content", [b"", b"short\n", b"two words of something else\n", b"\xff" * 32])
def test_something_else_is_left_alone(run, tmp_path, content):
    path = tmp_path / "of" / "relay"
    path.parent.mkdir()
    path.write_bytes(content)
    assert "holds no secret; delete the file" in run()["msg"]
    assert path.read_bytes() == content
