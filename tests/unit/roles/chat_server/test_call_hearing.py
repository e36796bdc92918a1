# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers, rooms and programs say of calls does no harm; the web client's own files, run by node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = HERE.parents[3] / "roles" / "chat_server" / "files" / "calls"
EXPECTED = {
    "rings": ["you@example.com", 1],
    "late": None,
    "rooms": None,
    "room_by_iq": None,
    "forged_copy": None,
    "numberless": None,
    "stranger": ["1", 0, 0],
    "strange": [[True] * 6, ["hung-up"]],
    "others_end_nothing": [[], 2],
    "endless": [6, "third@example.com"],
    "early": 50,
    "answered_elsewhere_while_asking": ["elsewhere"],
    "one_line": "candidate:1 a=evil 1 udp 1 192.0.2.1 9 typ host  generation 0",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    folder = tmp_path_factory.mktemp("calls")
    for path in (*FILES.glob("*.js"), HERE / "calls.js"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    done = subprocess.run([node, "calls.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_others_say(seen, name):
    assert seen[name] == EXPECTED[name]


def test_every_case_is_expected(seen):
    assert set(seen) == set(EXPECTED)
