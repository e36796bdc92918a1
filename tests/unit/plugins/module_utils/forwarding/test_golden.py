# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forwarding plan against its golden cases, each of which documents itself.

``GOLDEN=write pytest tests/unit/plugins/module_utils/forwarding/test_golden.py`` writes the files anew; see what git says.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.error import ForwardingError
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.plan import TARGETS, make
from ansible_collections.onprem.chat.plugins.module_utils.forwarding.serial import from_data, to_data

GOLDEN = Path(__file__).parents[3] / "golden" / "forwarding"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
#: The file of each rendering; the picture for browsers is held against the other picture in its own test.
COLUMNS = {
    "nftables": "nftables.nft",
    "iptables": "iptables.rules",
    "ip6tables": "ip6tables.rules",
    "table": "table.txt",
    "mermaid": "mermaid.mmd",
    "sheet": "sheet.txt",
    "paths": "paths.txt",
}
#: What the resolver of these tests knows.
NAMES = {"dual.example.com": ["198.51.100.77", "2001:db8:77::7"], "blocked.example.com": ["0.0.0.0"]}


def resolve(name: str) -> list[str]:
    """Answer as a resolver would that is the same everywhere."""
    if name not in NAMES:
        raise OSError("Name or service not known")
    return NAMES[name]


def made(case: Path) -> dict[str, str]:
    """Return the files that the case's intent gives, by name."""
    raw = yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    calls = "user_networks" in raw
    targets = raw.pop("targets", [name for name in COLUMNS if name in TARGETS and (calls or name != "paths")])
    try:
        answer = make(raw, targets, prefix="", resolve=resolve)
    except ForwardingError as error:
        return {"error.txt": f"{error}\n"}
    files = {"plan.json": answer["plan"], "verdicts.json": answer["verdicts"]}
    if answer["host_settings"]:
        files["host_settings.json"] = answer["host_settings"]
    if calls:
        files["paths.json"] = answer["paths"]
    texts = {name: json.dumps(data, indent=1, sort_keys=True) + "\n" for name, data in files.items()}
    return texts | {COLUMNS[name]: text for name, text in answer["rendered"].items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_case(case):
    """A case with error.txt is refused in exactly these words, every other one gives exactly these files."""
    found = made(case)
    there = {path.name: path for path in case.iterdir() if path.name != "intent.yml"}
    if os.environ.get("GOLDEN") == "write":
        for name in set(there) - set(found):
            there[name].unlink()
        for name, text in found.items():
            (case / name).write_text(text, encoding="utf-8")
        return
    assert found == {name: path.read_text(encoding="utf-8") for name, path in there.items()}
    assert case.name.startswith("refused") == ("error.txt" in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_plan_survives_json(case):
    """What another module gets is the plan that was made."""
    path = case / "plan.json"
    if path.exists():
        data = json.loads(path.read_text(encoding="utf-8"))
        assert to_data(from_data(data)) == data


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_order_of_rows_does_not_matter(case):
    """The same intent gives the same bytes, however its services and ports are sorted."""
    raw = yaml.safe_load((case / "intent.yml").read_text(encoding="utf-8"))
    if not (case / "plan.json").exists():
        return
    turned = {**raw, "services": [{**row, "ports": (row.get("ports") or [])[::-1]} for row in raw["services"][::-1]]}
    if "user_networks" in raw:
        turned["user_networks"] = raw["user_networks"][::-1]
    answers = [make(one, [], prefix="", resolve=resolve) for one in (raw, turned)]
    for answer in answers:
        answer["plan"].pop("warnings")
    assert answers[0]["plan"] == answers[1]["plan"]
    assert answers[0]["paths"] == answers[1]["paths"]
