"""The inspector: runs the verification of the site as an operator does, and tells what its report says."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .operator import ENVIRONMENT, INVENTORY_OPTIONS, OPTIONS, ROOT, WITHOUT_BROWSER
from .saboteur import Fault

PLAYBOOK = ROOT / "playbooks/verify.yml"


@dataclass(frozen=True)
class Inspection:
    """What a verification said: the report, and what was printed."""

    report: dict[str, Any]
    printed: str

    @property
    def first_broken(self) -> dict[str, str]:
        """The first broken rung of each vantage that has one."""
        found = {name: one["first_broken"] for name, one in self.report["vantages"].items()}
        return {name: rung for name, rung in found.items() if rung}

    def broken(self, vantage: str) -> list[str]:
        """Every broken rung of a vantage, from the lowest up."""
        return [step["rung"] for step in self.report["vantages"][vantage]["steps"] if step["state"] == "broken"]


def inspect(folder: Path, *options: str) -> Inspection:
    """Verify the site and read the report; what holds for every verification is asserted here.

    It changes nothing, fails exactly when the report is not sound, and says of each broken rung why and what to do.
    """
    command = ["ansible-playbook", *INVENTORY_OPTIONS, str(PLAYBOOK), *OPTIONS, "-e", f"onprem_report={folder}", *options]
    environment = {**ENVIRONMENT, "ANSIBLE_STDOUT_CALLBACK": "default"}
    file = folder / "report.json"
    file.unlink(missing_ok=True)  # a report of before must not be taken for this one
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    assert file.exists(), printed[-6000:]
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["ok"] == (done.returncode == 0), printed[-6000:]
    assert set(re.findall(r"\bchanged=(\d+)", printed)) == {"0"}, printed[-6000:]
    found = Inspection(report, printed)
    for name, one in report["vantages"].items():
        assert one["first_broken"] == next(iter(found.broken(name)), "")
        assert all(step["cause"] and step["remedy"] for step in one["steps"] if step["state"] == "broken")
    assert all(one["cause"] and one["remedy"] for one in report["problems"])
    return found


def look_for(fault: Fault) -> tuple[str, ...]:
    """The options for a look at a planted fault: a browser takes as long as all the rest, so only for what it alone may see."""
    return () if fault.rung == "web client" else WITHOUT_BROWSER


def is_sound(found: Inspection, vantages: Collection[str]) -> None:
    """Nothing is wrong, and everybody has looked."""
    report = found.report
    assert (report["ok"], report["problems"], report["silent"], found.first_broken) == (True, [], [], {}), found.printed[-6000:]
    assert set(report["vantages"]) == set(vantages)


def names(found: Inspection, fault: Fault) -> None:
    """The fault is the one problem of the report, at its vantages, and the first broken rung of their ladders."""
    problems = [(one["rung"], sorted(one["vantages"])) for one in found.report["problems"]]
    assert problems == [(fault.rung, sorted(fault.vantages))], found.printed[-6000:]
    assert fault.cause in found.report["problems"][0]["cause"]
    assert found.first_broken == {**dict.fromkeys(fault.vantages, fault.rung), **fault.besides}
    assert found.report["silent"] == []
