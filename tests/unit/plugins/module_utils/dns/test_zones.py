# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS core against its golden cases, each of which documents itself; every zone also passes BIND's own checker."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.dns.error import DnsError
from ansible_collections.onprem.chat.plugins.module_utils.dns.plan import Places, plan
from ansible_collections.onprem.chat.plugins.module_utils.dns.zone import SERIAL

GOLDEN = Path(__file__).parents[3] / "golden" / "dns"
CASES = sorted(GOLDEN.iterdir())
SERVED = [case for case in CASES if not (case / "error.txt").exists()]
PLACES = Places("/etc/bind/zones", "/var/cache/bind")

named_checkzone = pytest.mark.skipif(shutil.which("named-checkzone") is None, reason="named-checkzone missing")


def made(case: Path):
    """Return what the case's intent gives."""
    raw = yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    return plan({"mode": "primary", **raw}, PLACES, prefix="local_dns_")


def accepted(zone: str, text: str, folder: Path) -> None:
    """Hold a zone against the checker that named itself uses; a warning is as bad as an error."""
    file = folder / "zone"
    file.write_text(text.replace(SERIAL, "1"), encoding="utf-8")
    command = ["named-checkzone", "-ilocal", "-kfail", "-mfail", "-nfail", "-rfail", "-Sfail", zone, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + text
    assert done.stdout.splitlines() == [f"zone {zone}/IN: loaded serial 1", "OK"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    """A case with error.txt is refused in exactly these words, every other one gives exactly this plan and these files."""
    if case not in SERVED:
        with pytest.raises(DnsError) as refused:
            made(case)
        assert str(refused.value) == (case / "error.txt").read_text(encoding="utf-8").rstrip("\n")
        return
    found = made(case)
    files = {Path(item["path"]).name: item["content"] for item in found.pop("files")}
    assert found == json.loads((case / "plan.json").read_text(encoding="utf-8"))
    assert files == {path.name: path.read_text(encoding="utf-8") for path in (case / "zones").iterdir()}


@named_checkzone
@pytest.mark.parametrize("case", SERVED, ids=lambda case: case.name)
def test_bind_accepts_every_zone(case, tmp_path):
    found = made(case)
    names = {zone["path"]: zone["name"] for zone in found["zones"]}
    for file in found["files"]:
        accepted(names[file["path"]], file["content"], tmp_path)


@named_checkzone
def test_the_checker_would_notice(tmp_path):
    """The test above can fail: a CNAME beside other data is refused by BIND as well."""
    text = made(GOLDEN / "one_server_in_a_gap")["files"][0]["content"]
    with pytest.raises(AssertionError, match="CNAME and other data"):
        accepted("example.lan", text + "chat IN A 192.0.2.1\n", tmp_path)


def test_order_of_rows_does_not_matter():
    """The same site gives the same bytes, however its rows are sorted."""
    raw = yaml.safe_load((GOLDEN / "networks_of_all_sizes" / "intent.yml").read_text(encoding="utf-8"))
    turned = {**raw, "hosts": raw["hosts"][::-1], "networks": raw["networks"][::-1], "mode": "primary"}
    assert plan(turned, PLACES)["files"] == made(GOLDEN / "networks_of_all_sizes")["files"]
