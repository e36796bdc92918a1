# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The core of public_dns against its golden cases; every sheet's lines also pass BIND's own checker."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.error import PublicDnsError
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.parse import parse
from ansible_collections.onprem.chat.plugins.module_utils.public_dns.render import sheet, zone_lines

GOLDEN = Path(__file__).parents[3] / "golden" / "public_dns"
CASES = sorted(GOLDEN.iterdir())
SERVED = [case for case in CASES if not (case / "error.txt").exists()]


def raw(case: Path):
    return yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    """A case with error.txt is refused in exactly these words, every other one gives exactly this sheet."""
    if case in SERVED:
        assert sheet(parse(raw(case))) == (case / "sheet.md").read_text(encoding="utf-8")
        return
    with pytest.raises(PublicDnsError) as refused:
        parse(raw(case), "public_dns_")
    assert str(refused.value) == (case / "error.txt").read_text(encoding="utf-8").rstrip("\n")
    assert raw(case).get("key_secret", "no secret") not in str(refused.value)


@pytest.mark.skipif(shutil.which("named-checkzone") is None, reason="named-checkzone missing")
@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.name)
def test_bind_accepts_every_line(case, tmp_path):
    intent = parse(raw(case))
    head = f"$TTL 1\n{intent.zone} SOA ns1 hostmaster 1 1 1 1 1\n{intent.zone} NS ns1\nns1 A 192.0.2.53\n"
    file = tmp_path / "zone"
    file.write_text(head + "\n".join(zone_lines(intent.records)) + "\n", encoding="utf-8")
    done = subprocess.run(["named-checkzone", intent.zone.text, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
