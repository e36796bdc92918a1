"""config_set, tried for real: run as root with `pytest tests/integration/config_set`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
LOCAL = ["-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3"]


@dataclass
class Answer:
    """What a playbook run printed and what the module returned, by host."""

    code: int
    printed: str
    results: dict[str, dict]


def playbook(name: str, folder: Path, words: list[str], variables: dict, environment: dict | None = None) -> Answer:
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "variables.json"
    given.write_text(json.dumps({**variables, "answer": str(folder)}))
    done = subprocess.run(
        [str(PLAYBOOK), *words, "-e", f"@{given}", str(HERE / name)],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    results = {}
    for path in folder.glob("*.json"):
        if path != given:
            results[path.stem] = json.loads(path.read_text())
            path.unlink()
    return Answer(done.returncode, done.stdout + done.stderr, results)


@dataclass
class Lab:
    """Hosts of both suites, driven as everybody drives them."""

    folder: Path
    name = "it-set"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "ONPREM_LAB_NAME": self.name}

    def __call__(self, *words: str, code: int | None = 0) -> str:
        done = subprocess.run(
            [str(CHECKOUT / "lab/lab"), *words], env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def sh(self, host: str, script: str, code: int | None = 0) -> str:
        return self("exec", host, "sh", "-c", script, code=code)

    def play(self, *words: str, **variables) -> Answer:
        inventory = ["-i", str(CHECKOUT / "inventories/lab"), "-l", "dns,chat"]
        return playbook("site.yml", self.folder, [*inventory, *words], variables, {"ONPREM_LAB_NAME": self.name})


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("answers"))
    lab("down")
    lab("up", "--topology", str(HERE / "topology.toml"))
    yield lab
    lab("down")
