# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host lets in against its golden cases; ``GOLDEN=write`` writes them anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.error import HostFirewallError
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.host_firewall.render import render

CASES = sorted(path for path in (Path(__file__).parents[3] / "golden" / "host_firewall").iterdir() if path.is_dir())


def made(case: Path) -> tuple[str, str]:
    """Return the name of the file that a case gives, and its text."""
    raw = yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    try:
        return "host.nft", render(parse(raw["rows"], raw["others"], raw.get("management"), "host_firewall_"))
    except HostFirewallError as error:
        return "error.txt", f"{error}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    name, text = made(case)
    if os.environ.get("GOLDEN") == "write":
        (case / name).write_text(text, encoding="utf-8")
    assert sorted(path.name for path in case.iterdir()) == sorted(["intent.yml", name])
    assert text == (case / name).read_text(encoding="utf-8")
    assert case.name.startswith("refused") == (name == "error.txt")


@pytest.mark.parametrize("case", [case for case in CASES if not case.name.startswith("refused")], ids=lambda case: case.name)
def test_the_kernel_takes_it(case):
    if os.geteuid() != 0 or not shutil.which("nft") or not shutil.which("unshare"):
        pytest.skip("needs root, nft and unshare")
    text = (case / "host.nft").read_text(encoding="utf-8")
    done = subprocess.run(["unshare", "--net", "nft", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
